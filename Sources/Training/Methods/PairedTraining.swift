public import Attacks
public import Networks

/// TRADES and MART: a loss of the outputs for the clean image and for its adversarial example.
///
/// Zhang et al. 2019 and Wang et al. 2020. The gradient goes through both outputs.
public struct PairedTraining: TrainingMethod {
  /// What is minimized.
  public let loss: PairedLoss
  /// The inner maximum: of the divergence for TRADES, of cross-entropy for MART.
  public let attack: GaussianStartDescent
  /// Whether dropout is active while attacking; as published it is not.
  public let attacksInTrainingMode: Bool
  /// The statistics that batch normalization uses while attacking; nil for those that go with dropout.
  public var attackStatistics: ForwardMode.Statistics?

  /// Creates the method with the inner maximum that belongs to its loss.
  public init(
    _ loss: PairedLoss, threat: ThreatModel, steps: Int, stepSize: Float, attacksInTrainingMode: Bool = false
  ) {
    self.loss = loss
    self.attacksInTrainingMode = attacksInTrainingMode
    attack = GaussianStartDescent(
      threat: threat, steps: steps, stepSize: stepSize,
      goal: loss.kind == .trades ? .divergence : .loss(.crossEntropy))
  }

  /// The name in configurations: trades or mart.
  public var name: String { loss.kind.rawValue }

  /// The method with beta and its inner maximum.
  public var label: String {
    "\(name) training: beta \(loss.beta), \(attack.steps) steps of \(attack.stepSize) "
      + "(\(attack.threat.norm.rawValue), epsilon \(attack.threat.epsilon), from x + 0.001 N(0, 1))"
  }

  /// The gradient of the loss on the pairs of the batch.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    try step.computeGradient(
      attack: attack, objective: .paired(loss), attacksInTrainingMode: attacksInTrainingMode,
      attackStatistics: attackStatistics)
  }
}
