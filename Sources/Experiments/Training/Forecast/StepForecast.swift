import DataParallel
import Datasets
import MessagePassing
import Training

/// What a few real steps say about all of them.
struct StepForecast: Encodable, Sendable {
  /// The seconds of a step on a whole batch.
  let seconds: Spread
  /// The mean of them.
  let mean: Double
  /// The steps that were measured, behind one that warmed up.
  let measured: Int
  /// Where the time of a step goes, on average over the ranks.
  let shares: Shares

  /// Parts of a step's time, between 0 and 1.
  struct Shares: Codable, Sendable {
    /// Making adversarial examples.
    let attack: Double
    /// Gradients by the weights.
    let gradient: Double
    /// Exchanging and adding gradients, and waiting for other ranks.
    let communication: Double
    /// The update, and what is between.
    let other: Double

    /// All of them in words.
    var text: String {
      func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
      return "attack \(percent(attack)), gradient \(percent(gradient)), communication "
        + "\(percent(communication)), other \(percent(other))"
    }
  }

  /// The time in words.
  var text: String {
    "\(fixed(seconds.median, 3)) s (\(fixed(seconds.min, 3)) to \(fixed(seconds.max, 3)) in \(measured) steps)"
  }

  /// Takes steps with rate 0, whose results are thrown away; all ranks call together.
  ///
  /// - Parameters:
  ///   - epoch: The epochs done before them, which some methods depend on.
  ///   - budget: The seconds that the measured steps may take; three are measured whatever they take.
  init(
    _ learner: Learner, positions: [Int], settings: Trainer.Settings, epoch: Double, budget: Double
  ) throws {
    let communicator = learner.model.communicator
    let order = EpochOrder(shuffling: positions, seed: learner.seed, epoch: UInt64(epoch))
    // Whole batches: a last one that is smaller is counted apart.
    let batches = max(positions.count / settings.batchSize, 1)
    let clock = ContinuousClock()
    var times: [Double] = []
    var outcomes: [StepOutcome] = []
    var step = 0
    var goesOn = true
    while goesOn {
      try communicator.barrier()
      let start = clock.now
      let batch = order.batch(step / settings.method.replays % batches, size: settings.batchSize)
      let outcome = try learner.takeStep(
        step, StepConditions(rate: 0, epoch: epoch), on: batch, by: settings.method)
      try communicator.barrier()
      if step > 0 {
        times.append((clock.now - start).inSeconds)
        outcomes.append(outcome)
      }
      step += 1
      // Rank 0's clock decides for all.
      let isEnough = times.count >= 40 || (times.count >= 3 && times.reduce(0, +) > budget)
      goesOn = try communicator.broadcast(isEnough ? 0 : 1) == 1
    }
    let total = times.reduce(0, +)
    let own = Shares(
      attack: outcomes.reduce(0) { $0 + $1.attackSeconds } / total,
      gradient: outcomes.reduce(0) { $0 + max($1.computeSeconds - $1.attackSeconds, 0) } / total,
      communication: outcomes.reduce(0) { $0 + $1.reduceSeconds } / total,
      other: 1 - outcomes.reduce(0) { $0 + $1.computeSeconds + $1.reduceSeconds } / total)
    let all = try communicator.allGather(encoding: own)
    func mean(_ share: (Shares) -> Double) -> Double { all.reduce(0) { $0 + share($1) } / Double(all.count) }
    shares = Shares(
      attack: mean(\.attack), gradient: mean(\.gradient), communication: mean(\.communication),
      other: max(mean(\.other), 0))
    seconds = Spread(times)
    self.mean = total / Double(times.count)
    measured = times.count
  }
}
