public import Attacks

/// What guards remember: kept in checkpoints, the same on all ranks.
public struct GuardState: Codable, Equatable, Sendable {
  /// What the attack's step size is multiplied with.
  public var stepSizeFactor = 1.0
  /// What the attack's number of steps is multiplied with.
  public var stepsFactor = 1
  /// The returns to a good state so far.
  public var rollbacks = 0
  /// The validations since the best one.
  public var validationsSinceBest = 0
  /// The steps skipped since the last one that was taken.
  public var skippedInARow = 0
  /// The running mean of the loss over the steps that were taken.
  public var meanLoss = 0.0
  /// The steps in that mean.
  public var lossCount = 0
  /// Whether a guard has ended training.
  public var hasEnded = false

  /// Nothing has happened yet.
  public init() {}

  /// The steps that the mean loss is made of before spikes are told from it.
  static let stepsBeforeSpikes = 20
  private static let lossDecay = 0.95

  /// Takes the mean loss of a step that was taken in.
  public mutating func accept(loss: Double) {
    meanLoss = lossCount == 0 ? loss : Self.lossDecay * meanLoss + (1 - Self.lossDecay) * loss
    lossCount += 1
    skippedInARow = 0
  }

  /// The loss above which a step is a spike; nil while that cannot be told.
  public func lossLimit(_ guards: TrainingGuards) -> Double? {
    guard let spike = guards.lossSpike, lossCount >= Self.stepsBeforeSpikes else { return nil }
    return spike.factor * meanLoss
  }

  /// Counts a step that was rejected, and says whether training goes on without it.
  public mutating func skips(_ reason: StepRejection.Reason, _ guards: TrainingGuards) -> Bool {
    var reaction = guards.nonFinite
    if case .lossSpike = reason { reaction = guards.lossSpike?.reaction ?? .stop }
    guard reaction == .skip, skippedInARow < guards.skipLimit else { return false }
    skippedInARow += 1
    return true
  }

  /// Counts a return to the last good state, and changes the attack, or ends training.
  public mutating func rollBack(_ overfitting: TrainingGuards.CatastrophicOverfitting) {
    rollbacks += 1
    // Of the weights that are given up: those returned to may have another loss.
    (meanLoss, lossCount) = (0, 0)
    guard rollbacks <= overfitting.limit else {
      hasEnded = true
      return
    }
    switch overfitting.remedy {
    case .stop: hasEnded = true
    case .smallerStep(let factor): stepSizeFactor *= factor
    case .moreSteps: stepsFactor *= 2
    }
  }

  /// Counts a validation, and ends training where there were too many since the best.
  public mutating func validate(isBest: Bool, patience: Int?) {
    validationsSinceBest = isBest ? 0 : validationsSinceBest + 1
    if let patience, validationsSinceBest >= patience { hasEnded = true }
  }

  /// How the attack differs from what was configured.
  public func adjustment(epsilonFactor: Double) -> AttackAdjustment {
    AttackAdjustment(epsilon: epsilonFactor, stepSize: stepSizeFactor, steps: stepsFactor)
  }
}

/// What a guard did.
public struct GuardIntervention: Equatable, Sendable {
  /// The guards.
  public enum Kind: String, Sendable {
    /// Single-step accuracy without multi-step accuracy.
    case catastrophicOverfitting = "catastrophic-overfitting"
    /// No better robust accuracy for too long.
    case robustOverfitting = "robust-overfitting"
    /// A loss or gradient that is not finite.
    case nonFinite = "non-finite"
    /// A loss far above the mean.
    case lossSpike = "loss-spike"
  }

  /// Who stepped in.
  public var kind: Kind
  /// What happened and what was done, in a sentence.
  public var message: String
  /// What was measured; nil for guards that measure nothing.
  public var probe: OverfittingProbe?
  /// The step whose state training went back to; nil where it did not.
  public var goodStep: Int?
  /// What the guards remember now.
  public var state: GuardState
}
