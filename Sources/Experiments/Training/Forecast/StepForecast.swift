import DataParallel
import Datasets
import MessagePassing
import Reports
import Training

/// What a few real steps say about all of them.
struct StepForecast: Encodable, Sendable {
  /// The seconds of a step on a whole batch.
  let seconds: Spread
  /// The mean of them.
  let mean: Double
  /// The steps that were measured, behind one that warmed up.
  let measured: Int
  /// Where their time went on rank 0, as a run's own lines and report have it.
  let phases: PhaseSeconds

  enum CodingKeys: String, CodingKey {
    case seconds, mean, measured, shares
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(mean, forKey: .mean)
    try values.encode(measured, forKey: .measured)
    let shares = phases.parts.map { ($0.name, $0.seconds / phases.total) }
    try values.encode(Dictionary(uniqueKeysWithValues: shares), forKey: .shares)
  }

  /// The time in words.
  var text: String {
    "\(fixed(seconds.median, 3)) s (\(fixed(seconds.min, 3)) to \(fixed(seconds.max, 3)) in \(measured) steps)"
  }

  /// The learning rate: small, but not 0, as then layers that begin at zero, such as the last one of `cnn-trades`, would
  /// stay there, and gradients behind them cost nothing.
  private static let rate = 1e-4

  /// Takes steps, whose results are thrown away; all ranks call together.
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
        step, StepConditions(rate: Self.rate, epoch: epoch), on: batch, by: settings.method)
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
    phases = zip(outcomes, times).reduce(into: PhaseSeconds()) { $0 += PhaseSeconds($1.0, seconds: $1.1) }
    seconds = Spread(times)
    mean = times.reduce(0, +) / Double(times.count)
    measured = times.count
  }
}
