import DataParallel
import Kernels

/// A candidate with what was found of it.
struct TimedCandidate {
  /// What was measured.
  let candidate: KernelCandidate
  /// Whether a sample's result depends on nothing but the sample; nil where that was not asked.
  let isRowIndependent: Bool?
  /// The seconds of every run.
  fileprivate(set) var seconds: [Double] = []

  /// The shortest run: what the machine's other work did not disturb.
  var best: Double { seconds.min() ?? .infinity }
  /// The run in the middle.
  var median: Double { seconds.isEmpty ? .infinity : seconds.sorted()[seconds.count / 2] }
}

/// Measures all candidates for a shape in turns, on one thread.
struct KernelTimer {
  /// The samples of a pass.
  let batch: Int
  /// How often every candidate has its turn.
  let rounds: Int
  /// Whether to find out if a sample's result depends on its row.
  let checksRows: Bool

  /// A turn lasts at least this long or so many runs.
  private static let turnSeconds = 1e-3
  private static let turnRuns = 20
  /// A candidate that is so many times slower than the best after two rounds gets no further turn.
  private static let hopeless = 2.5
  /// Micro-batches at which rows are checked besides the measured one: most are no multiples of a tile.
  private static let checkedBatches = [5, 17, 50, 100]

  /// Measures.
  ///
  /// - Throws: `OneDNNError`.
  func measure(_ shape: KernelShape, isFirst: Bool) throws -> [TimedCandidate] {
    OneDNN.useOneThread()
    let samples = ([batch] + (checksRows ? Self.checkedBatches : [])).max() ?? batch
    let operands = KernelOperands(shape, isFirst: isFirst, samples: samples)
    var instances: [KernelInstance] = []
    var found: [TimedCandidate] = []
    for candidate in try KernelCandidate.all(for: shape, batch: batch) {
      let instance = try KernelInstance(operands, candidate.choice, batch: batch)
      guard candidate.runs(in: instance) else {
        precondition(!candidate.isOwn, "\(candidate.name) was asked for, and \(instance.implementations) run")
        continue
      }
      let isRowIndependent = checksRows ? try check(candidate, instance, operands) : nil
      instances.append(instance)
      found.append(TimedCandidate(candidate: candidate, isRowIndependent: isRowIndependent))
    }
    for round in 0..<rounds {
      for index in found.indices {
        let pass = found[index].candidate.pass
        let rivals = found.filter { $0.candidate.pass == pass }.map(\.best)
        if round >= 2, found[index].best > Self.hopeless * (rivals.min() ?? .infinity) { continue }
        try takeTurn(instances[index], pass, &found[index].seconds)
      }
    }
    return found
  }

  private func takeTurn(
    _ instance: KernelInstance, _ pass: KernelPass, _ seconds: inout [Double]
  ) throws {
    let clock = ContinuousClock()
    // Brings weights and activations back into the caches after the others' turns.
    try instance.run(pass)
    var total = 0.0
    var runs = 0
    repeat {
      let start = clock.now
      try instance.run(pass)
      let elapsed = (clock.now - start).inSeconds
      seconds.append(elapsed)
      total += elapsed
      runs += 1
    } while total < Self.turnSeconds && runs < Self.turnRuns
  }

  private func check(
    _ candidate: KernelCandidate, _ instance: KernelInstance, _ operands: KernelOperands
  ) throws -> Bool {
    // Gradients by weights sum over the rows.
    if candidate.pass == .weightGradient { return true }
    guard try instance.isRowIndependent(candidate.pass) else { return false }
    return try Self.checkedBatches.allSatisfy { batch in
      try KernelInstance(operands, candidate.choice, batch: batch).isRowIndependent(candidate.pass)
    }
  }
}
