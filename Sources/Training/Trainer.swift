public import Checkpoints
import DataParallel
import Datasets
import Networks

/// The loop over epochs and batches.
public final class Trainer {
  let learner: Learner
  let settings: Settings
  let observer: any TrainingObserver
  /// How far the run is.
  public internal(set) var position: TrainingPosition
  var guardState = GuardState()
  private let positions: [Int]
  /// Nil on all ranks but 0.
  private let checkpointing: Checkpointing?
  private var epoch = EpochProgress()
  private var best: CheckpointState.Best?
  /// The step whose state is the last good one; nil where no guard returns to one.
  var goodStep: Int?
  private var comparedStep: Int?
  private var watchdog: Watchdog? { learner.model.watchdog }
  private var isOver: Bool { position.isAtEnd || guardState.hasEnded }

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
    position = settings.start(samples: positions.count)
  }

  /// Goes on from where a checkpoint of the same run stood; the learner has its tensors already.
  ///
  /// - Throws: `DecodingError` where the loop's own state cannot be read.
  public func resume(from state: CheckpointState) throws {
    position.step = state.step
    best = state.best
    guard let own = try TrainerState(of: state) else { return }
    epoch = own.epoch
    guardState = own.guards
    goodStep = own.good?.step
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
    if position.step == 0 {
      if settings.guards.catastrophicOverfitting != nil { keepGoodState() }
      try save()
    }
    while !isOver {
      let order = EpochOrder(shuffling: positions, seed: learner.seed, epoch: UInt64(position.epoch))
      repeat {
        try takeStep(order)
        try watchForCatastrophicOverfitting()
        let improved = position.isAtEpochEnd ? try finishEpoch() : false
        let isStopping = try StopRequest.isRaised(on: learner.model.communicator)
        if improved || isStopping || guardState.hasEnded || settings.cadence.isDue(at: position) {
          try save()
        }
        if isStopping && !isOver {
          try checkpointing?.finish()
          return .stopped
        }
      } while !position.isAtEpochEnd && !guardState.hasEnded
    }
    try checkpointing?.finish()
    return .finished
  }

  private func takeStep(_ order: EpochOrder) throws {
    let clock = ContinuousClock()
    let start = clock.now
    watchdog?.begin(step: position.step + 1)
    let conditions = stepConditions
    let batch = order.batch(position.batchInEpoch / settings.method.replays, size: settings.batchSize)
    let outcome: StepOutcome
    var rejection: StepRejection?
    do {
      outcome = try learner.takeStep(position.step, conditions, on: batch, by: settings.method)
    } catch let rejected as StepRejection {
      outcome = rejected.outcome
      rejection = rejected
      try requireSkipping(rejected, conditions)
    }
    position.step += 1
    if rejection == nil {
      guardState.accept(loss: outcome.batch.loss / Double(outcome.batch.samples))
      if let averaging = settings.averaging, averaging.isDue(at: position) {
        learner.addToAverage(averaging)
      }
    }
    let seconds = (clock.now - start).inSeconds
    watchdog?.didFinishStep(seconds: seconds)
    watchdog?.enter(.betweenSteps)
    if settings.comparisonInterval > 0 && position.step % settings.comparisonInterval == 0 {
      try compareWeights()
    }
    if rejection == nil { epoch.add(outcome.batch, seconds: seconds) }
    try observer.didTakeStep(outcome, rate: conditions.rate, seconds: seconds, at: position)
    if let rejection { try report(rejection) }
  }

  private var stepConditions: StepConditions {
    let rate = settings.schedule.rate(
      step: position.step, stepsPerEpoch: position.stepsPerEpoch, totalSteps: position.totalSteps)
    return StepConditions(
      rate: rate, epoch: Double(position.step) / Double(position.stepsPerEpoch),
      adjustment: guardState.adjustment(epsilonFactor: settings.epsilonFactor(at: position)),
      lossLimit: guardState.lossLimit(settings.guards), gradientLimit: settings.gradientLimit,
      checksGradient: settings.guards.nonFinite == .skip)
  }

  /// Reports and validates; says whether the weights are the best so far.
  private func finishEpoch() throws -> Bool {
    try observer.didFinishEpoch(epoch, at: position)
    epoch = EpochProgress()
    let score = try learner.withEvaluatedWeights { try observer.validate(at: position) }
    guard let score else { return false }
    let isBest = best.map { score.correct > $0.correct } ?? true
    if isBest {
      best = CheckpointState.Best(step: position.step, correct: score.correct, total: score.total)
    }
    try watchForRobustOverfitting(isBest: isBest)
    return isBest
  }

  /// Compares weights behind the step that was just taken, once.
  private func compareWeights() throws {
    guard settings.comparisonInterval > 0, comparedStep != position.step else { return }
    try learner.requireEqualWeights(behind: position.step)
    comparedStep = position.step
  }

  private func save() throws {
    try compareWeights()
    watchdog?.enter(.saving)
    try learner.shareCarried()
    guard let checkpointing else { return }
    let seen = position.epoch * positions.count * settings.method.replays + epoch.samples
    let good = goodStep.map { learner.goodState(behind: $0) }
    let own = TrainerState(
      epoch: epoch, optimizerStep: learner.optimizer.step, averaged: learner.average?.count ?? 0,
      guards: guardState, good: good)
    let state = CheckpointState(
      step: position.step, epoch: position.epoch, batchInEpoch: position.batchInEpoch,
      samplesSeen: seen, best: best, identity: settings.identity, environment: settings.environment,
      payload: try JSONValue(encoding: own))
    try checkpointing.save(learner, state)
  }
}
