import DataParallel
import MessagePassing

/// Where the loop asks its guards.
extension Trainer {
  /// Keeps the present state as one that training can return to.
  func keepGoodState() {
    learner.keepGoodState()
    goodStep = position.step
  }

  /// Measures whether the attack that is trained on still means anything, where that is due, and goes back to the last
  /// good state where it does not.
  ///
  /// The run's place goes on: batches and learning rates between the good state and here are not repeated, so that a
  /// run never gets longer, and the steps of checkpoints only rise.
  func watchForCatastrophicOverfitting() throws {
    guard let overfitting = settings.guards.catastrophicOverfitting, overfitting.isDue(at: position),
      let probe = try observer.probeOverfitting(at: position)
    else { return }
    try learner.shareCarried()
    guard probe.gap > overfitting.gap else {
      keepGoodState()
      return
    }
    try learner.returnToGoodState()
    guardState.rollBack(overfitting)
    let shorter = (guardState.stepSizeFactor * 1000).rounded() / 1000
    let attack =
      guardState.hasEnded
      ? "training ends there"
      : "the attack goes on with \(shorter) times its step size and \(guardState.stepsFactor) times its steps"
    let counts =
      "\(probe.singleStep) of \(probe.total) held-out samples withstand FGSM but \(probe.multiStep) PGD"
    try observer.didIntervene(
      GuardIntervention(
        kind: .catastrophicOverfitting,
        message:
          "catastrophic overfitting at step \(position.step): \(counts); back to the weights behind step "
          + "\(goodStep ?? 0), \(attack)",
        probe: probe, goodStep: goodStep, state: guardState),
      at: position)
  }

  /// Ends training where robust accuracy has not risen for as many validations as configured.
  func watchForRobustOverfitting(isBest: Bool) throws {
    guardState.validate(isBest: isBest, patience: settings.guards.patience)
    guard guardState.hasEnded, let patience = settings.guards.patience,
      guardState.validationsSinceBest >= patience
    else { return }
    try observer.didIntervene(
      GuardIntervention(
        kind: .robustOverfitting,
        message: "no better robust accuracy in \(guardState.validationsSinceBest) validations up to step "
          + "\(position.step): training ends",
        probe: nil, goodStep: nil, state: guardState),
      at: position)
  }

  /// Ends the run on all ranks unless a step may be skipped.
  func requireSkipping(_ rejection: StepRejection, _ conditions: StepConditions) throws {
    // Weights that are not finite on one rank only are a fault of its memory, and none of the learning rate: leaving a
    // step out would not mend it.
    let odd = try learner.ranksWithOtherWeights()
    if odd.isEmpty && guardState.skips(rejection.reason, settings.guards) { return }
    // All ranks know the same: the failure is agreed on, and said once.
    let communicator = learner.model.communicator
    let hosts = try communicator.allGather(communicator.hostName)
    func places(_ ranks: [Int]) -> [RankPlace] { ranks.map { RankPlace(rank: $0, host: hosts[$0]) } }
    try communicator.agree {
      let step = position.step + 1
      if rejection.reason == .nonFiniteLoss && (guardState.skippedInARow == 0 || !odd.isEmpty) {
        throw TrainingError.nonFiniteLoss(
          step: step, rate: conditions.rate, places: places(learner.model.nonFiniteRanks),
          corrupt: places(odd))
      }
      guard odd.isEmpty else {
        throw TrainingError.weightsDiffer(step: position.step, places: places(odd), ranks: communicator.size)
      }
      throw TrainingError.rejectedStep(
        step: step, rate: conditions.rate, reason: rejection.description,
        skipped: guardState.skippedInARow)
    }
  }

  /// Tells of a step that was skipped; the position is behind it.
  func report(_ rejection: StepRejection) throws {
    var kind = GuardIntervention.Kind.nonFinite
    if case .lossSpike = rejection.reason { kind = .lossSpike }
    try observer.didIntervene(
      GuardIntervention(
        kind: kind,
        message: "step \(position.step) is skipped: \(rejection.description)", probe: nil, goodStep: nil,
        state: guardState),
      at: position)
  }
}
