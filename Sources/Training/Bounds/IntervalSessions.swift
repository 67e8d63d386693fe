import DataParallel
import Networks

/// The interval network of a learner, with a session for each thread.
final class IntervalSessions: Sendable {
  let network: IntervalNetwork
  private nonisolated(unsafe) let sessions: [IntervalSession]

  /// Compiles the network of a model for its micro-batches.
  init(_ network: CompiledNetwork, threads: Int) throws {
    let intervals = try IntervalNetwork(network.architecture, microbatch: network.microbatch)
    self.network = intervals
    sessions = try (0..<threads).map { _ in try intervals.makeSession() }
  }

  /// The session of a thread, which no other thread uses.
  func session(of worker: Int) -> IntervalSession { sessions[worker] }
}

extension Learner {
  /// The interval sessions with the present weights; made when first asked for.
  func loadedIntervals() throws -> IntervalSessions {
    let intervals =
      try self.intervals ?? IntervalSessions(model.network, threads: model.pool.workers)
    self.intervals = intervals
    try intervals.network.load(model.parameters)
    return intervals
  }
}
