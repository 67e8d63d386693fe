public import Attacks
public import Networks

/// Training on adversarial examples alone, on clean images where there is no attack, or on a mixture.
///
/// Madry et al. 2018; mixtures as in Goodfellow et al. 2015 and Kurakin et al. 2017.
public struct AdversarialTraining: TrainingMethod {
  /// The name in configurations: standard, fgsm, fgsm-rs, pgd or exact.
  public let name: String
  /// What crafts the examples; nil for standard training.
  public let attack: (any Attack)?
  /// The loss that is minimized.
  public let loss: TrainingLoss
  /// Whether dropout is active while attacking, as in the exercise that Holdfast grew from.
  public let attacksInTrainingMode: Bool
  /// The statistics that batch normalization uses while attacking; nil for those that go with dropout.
  public var attackStatistics: ForwardMode.Statistics?
  /// The share of each batch that stays clean.
  public let cleanFraction: Double

  /// Creates a method.
  public init(
    name: String, attack: (any Attack)?, loss: TrainingLoss = TrainingLoss(.crossEntropy),
    attacksInTrainingMode: Bool = false, cleanFraction: Double = 0
  ) {
    self.name = name
    self.attack = attack
    self.loss = loss
    self.attacksInTrainingMode = attacksInTrainingMode
    self.cleanFraction = cleanFraction
  }

  /// The method and its attack.
  public var label: String {
    guard let attack else { return name }
    let mixture = cleanFraction > 0 ? ", \(cleanFraction) of each batch clean" : ""
    return "\(name) training: \(attack.label)\(mixture)"
  }

  /// The gradient on the examples of the batch.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    try step.computeGradient(
      attack: attack, objective: .single(loss), attacksInTrainingMode: attacksInTrainingMode,
      attackStatistics: attackStatistics, cleanFraction: cleanFraction)
  }
}
