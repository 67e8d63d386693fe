import DataParallel
import Networks

/// What a learner computes bounds with: the networks of intervals and of linear bounds, with a session of each for every
/// thread.
final class BoundSessions: Sendable {
  private let intervals: IntervalNetwork
  private let relaxations: RelaxationNetwork?
  private nonisolated(unsafe) let sessions: [(intervals: IntervalSession, relaxations: RelaxationSession?)]

  /// Whether there are linear bounds.
  var hasRelaxations: Bool { relaxations != nil }

  /// Compiles the networks of a model for its micro-batches.
  init(_ model: DataParallelModel, withRelaxations: Bool) throws {
    let (architecture, microbatch) = (model.network.architecture, model.network.microbatch)
    let intervals = try IntervalNetwork(architecture, microbatch: microbatch)
    let relaxations = withRelaxations ? try RelaxationNetwork(architecture) : nil
    self.intervals = intervals
    self.relaxations = relaxations
    sessions = try (0..<model.pool.workers).map { _ in
      (try intervals.makeSession(), try relaxations?.makeSession(microbatch: microbatch))
    }
  }

  /// Takes over the present weights of the model.
  func load(_ model: DataParallelModel, withRelaxations: Bool) throws {
    try intervals.load(model.parameters)
    if withRelaxations { try relaxations?.load(model.parameters) }
  }

  /// The sessions of a thread, which no other thread uses.
  func sessions(of worker: Int) -> (intervals: IntervalSession, relaxations: RelaxationSession?) {
    sessions[worker]
  }
}

extension Learner {
  /// The sessions with the present weights; made when first asked for.
  func loadedBounds(withRelaxations: Bool) throws -> BoundSessions {
    var sessions = bounds
    if sessions == nil || (withRelaxations && sessions?.hasRelaxations == false) {
      sessions = try BoundSessions(model, withRelaxations: withRelaxations)
      bounds = sessions
    }
    guard let sessions else { preconditionFailure("no sessions were made") }
    try sessions.load(model, withRelaxations: withRelaxations)
    return sessions
  }
}
