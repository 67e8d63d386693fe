import DataParallel
import Networks

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

  /// The gradient of the hinge loss plus that of the penalty.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    var outcome = try step.computeGradient(
      attack: nil, objective: .single(TrainingLoss(.hinge)), attacksInTrainingMode: false)
    outcome.batch.loss += step.addSquaredNormGradient(factor: penalty) * Double(outcome.batch.samples)
    return outcome
  }
}
