public import Checkpoints
import DataParallel
import Datasets
public import Networks

/// What is told of a run while it goes on, on every rank.
///
/// Observers may not communicate, except in `validate`, which all ranks call together.
public protocol TrainingObserver: AnyObject {
  /// A step was taken; `position` is behind it.
  func didTakeStep(_ outcome: StepOutcome, rate: Double, seconds: Double, at position: TrainingPosition)
    throws
  /// An epoch ended.
  func didFinishEpoch(_ progress: EpochProgress, at position: TrainingPosition) throws
  /// Measures robust accuracy on the validation split, on all ranks together; nil where none is due.
  func validate(at position: TrainingPosition) throws -> ValidationScore?
}

/// Robust accuracy on the validation split, as an exact count.
public struct ValidationScore: Equatable, Sendable {
  /// The samples classified correctly under attack.
  public let correct: Int
  /// The samples attacked.
  public let total: Int

  /// Creates a score.
  public init(correct: Int, total: Int) {
    self.correct = correct
    self.total = total
  }
}

/// Why training ended.
public enum TrainingEnd: Equatable, Sendable {
  /// All epochs are done.
  case finished
  /// A signal asked for it; a checkpoint was written.
  case stopped
}

/// The loop over epochs and batches.
public final class Trainer {
  /// The settings of the loop.
  public struct Settings: Sendable {
    /// The method.
    public var method: any TrainingMethod
    /// The learning rates.
    public var schedule: LearningRateSchedule
    /// The samples of a global batch.
    public var batchSize: Int
    /// How often every training sample is seen.
    public var epochs: Int
    /// When checkpoints are written.
    public var cadence: Checkpointing.Cadence
    /// Every how many steps the ranks compare their weights, beside before every checkpoint; 0 for never.
    public var comparisonInterval: Int
    /// What the run is, for its checkpoints.
    public var identity: [String: String]
    /// What it is computed with, for its checkpoints.
    public var environment: [String: String]

    /// Creates settings.
    public init(
      method: any TrainingMethod, schedule: LearningRateSchedule, batchSize: Int, epochs: Int,
      cadence: Checkpointing.Cadence, comparisonInterval: Int = 100, identity: [String: String],
      environment: [String: String]
    ) {
      self.method = method
      self.schedule = schedule
      self.batchSize = batchSize
      self.epochs = epochs
      self.cadence = cadence
      self.comparisonInterval = comparisonInterval
      self.identity = identity
      self.environment = environment
    }
  }

  private let learner: Learner
  private let positions: [Int]
  private let settings: Settings
  private let observer: any TrainingObserver
  /// Nil on all ranks but 0.
  private let checkpointing: Checkpointing?
  /// How far the run is.
  public private(set) var position: TrainingPosition
  private var epoch = EpochProgress()
  private var best: CheckpointState.Best?
  private var comparedStep: Int?
  private var watchdog: Watchdog? { learner.model.watchdog }

  /// Creates a trainer at the beginning of a run.
  ///
  /// - Parameters:
  ///   - learner: The model, the optimizer and the images.
  ///   - positions: The images that are trained on, by position.
  ///   - settings: The settings of the loop.
  ///   - observer: Who is told.
  ///   - checkpointing: What keeps the run, on rank 0.
  public init(
    _ learner: Learner, positions: [Int], _ settings: Settings, observer: any TrainingObserver,
    checkpointing: Checkpointing?
  ) {
    precondition(!positions.isEmpty, "no training samples")
    self.learner = learner
    self.positions = positions
    self.settings = settings
    self.observer = observer
    self.checkpointing = checkpointing
    let stepsPerEpoch = (positions.count + settings.batchSize - 1) / settings.batchSize
    position = TrainingPosition(step: 0, stepsPerEpoch: stepsPerEpoch, epochs: settings.epochs)
  }

  /// Goes on from where a checkpoint of the same run stood; the learner has its tensors already.
  public func resume(from state: CheckpointState) {
    position.step = state.step
    best = state.best
    epoch = (try? state.payload.decode(as: EpochProgress.self)) ?? EpochProgress()
  }

  /// Trains to the end, or until a signal asks to stop.
  public func run() throws -> TrainingEnd {
    do {
      return try runLoop()
    } catch {
      // The checkpoint that is being written is the last good one; the first error is the one to report.
      try? checkpointing?.finish()
      throw error
    }
  }

  private func runLoop() throws -> TrainingEnd {
    if position.step == 0 { try save() }
    while !position.isAtEnd {
      let order = EpochOrder(shuffling: positions, seed: learner.seed, epoch: UInt64(position.epoch))
      repeat {
        try takeStep(order)
        let improved = position.isAtEpochEnd ? try finishEpoch() : false
        let isStopping = try StopRequest.isRaised(on: learner.model.communicator)
        if improved || isStopping || settings.cadence.isDue(at: position) { try save() }
        if isStopping && !position.isAtEnd {
          try checkpointing?.finish()
          return .stopped
        }
      } while !position.isAtEpochEnd
    }
    try checkpointing?.finish()
    return .finished
  }

  private func takeStep(_ order: EpochOrder) throws {
    let clock = ContinuousClock()
    let start = clock.now
    watchdog?.begin(step: position.step + 1)
    let rate = settings.schedule.rate(
      step: position.step, stepsPerEpoch: position.stepsPerEpoch, totalSteps: position.totalSteps)
    let batch = order.batch(position.batchInEpoch, size: settings.batchSize)
    let outcome = try learner.takeStep(position.step, rate: rate, on: batch, by: settings.method)
    position.step += 1
    let seconds = (clock.now - start).inSeconds
    watchdog?.didFinishStep(seconds: seconds)
    watchdog?.enter(.betweenSteps)
    if settings.comparisonInterval > 0 && position.step % settings.comparisonInterval == 0 {
      try compareWeights()
    }
    epoch.add(outcome.batch, seconds: seconds)
    try observer.didTakeStep(outcome, rate: rate, seconds: seconds, at: position)
  }

  /// Reports and validates; says whether the weights are the best so far.
  private func finishEpoch() throws -> Bool {
    try observer.didFinishEpoch(epoch, at: position)
    epoch = EpochProgress()
    guard let score = try observer.validate(at: position) else { return false }
    if let best, score.correct <= best.correct { return false }
    best = CheckpointState.Best(step: position.step, correct: score.correct, total: score.total)
    return true
  }

  /// Compares weights behind the step that was just taken, once.
  private func compareWeights() throws {
    guard settings.comparisonInterval > 0, comparedStep != position.step else { return }
    try learner.model.requireEqualWeights(behind: position.step)
    comparedStep = position.step
  }

  private func save() throws {
    try compareWeights()
    watchdog?.enter(.saving)
    guard let checkpointing else { return }
    let state = CheckpointState(
      step: position.step, epoch: position.epoch, batchInEpoch: position.batchInEpoch,
      samplesSeen: position.epoch * positions.count + epoch.samples, best: best,
      identity: settings.identity, environment: settings.environment,
      payload: try JSONValue(encoding: epoch))
    try checkpointing.save(learner, state)
  }
}
