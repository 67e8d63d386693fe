public import Attacks
import DataParallel
public import Networks

/// A way to train: the program of one optimizer step in terms of what a `TrainingStep` offers.
///
/// Most methods compute one gradient and update. Others take several gradients, or carry something from step to
/// step; all of them speak to the ranks through the step's verbs only, so none can break the promise of equal
/// bits.
public protocol TrainingMethod: Sendable {
  /// The name in configurations.
  var name: String { get }
  /// Performs one optimizer step and returns the outcome of the batch it learned from.
  func run(_ step: TrainingStep) throws -> StepOutcome
}

/// Training on adversarial examples alone (Madry et al.
///
/// 2018), or on clean images where there is no attack.
public struct AdversarialTraining: TrainingMethod {
  /// The name in configurations: standard, fgsm, fgsm-rs, pgd or exact.
  public let name: String
  /// What crafts the examples; nil for standard training.
  public let attack: (any Attack)?
  /// The loss that is minimized.
  public let loss: LossFunction
  /// Whether dropout is active while attacking, as in the exercise that Holdfast grew from.
  public let attacksInTrainingMode: Bool

  /// Creates a method.
  public init(
    name: String, attack: (any Attack)?, loss: LossFunction = .crossEntropy,
    attacksInTrainingMode: Bool = false
  ) {
    self.name = name
    self.attack = attack
    self.loss = loss
    self.attacksInTrainingMode = attacksInTrainingMode
  }

  /// One gradient on the examples of the batch, and one update.
  public func run(_ step: TrainingStep) throws -> StepOutcome {
    let outcome = try step.computeGradient(
      attack: attack, loss: loss, attacksInTrainingMode: attacksInTrainingMode)
    try step.update()
    return outcome
  }
}

/// The soft-margin support vector machine: the hinge loss on clean images plus penalty * ||w||^2.
///
/// Stands beside worst-case training of linear models for comparison: there the norm is inside the hinge and not
/// squared. The bias is not penalized.
public struct SoftMarginSVM: TrainingMethod {
  /// The name in configurations.
  public let name = "soft-margin-svm"
  /// The factor of the squared norm.
  public let penalty: Double

  /// Creates the method.
  public init(penalty: Double) {
    self.penalty = penalty
  }

  /// One gradient of the hinge loss, the gradient of the penalty, and one update.
  public func run(_ step: TrainingStep) throws -> StepOutcome {
    var outcome = try step.computeGradient(attack: nil, loss: .hinge, attacksInTrainingMode: false)
    outcome.batch.loss += step.addSquaredNormGradient(factor: penalty) * Double(outcome.batch.samples)
    try step.update()
    return outcome
  }
}
