/// What watches over a run, and what happens when it goes wrong (section `guards`).
public struct GuardsConfiguration: Codable, Equatable, Sendable {
  /// What is done about catastrophic overfitting.
  public enum Remedy: String, Codable, ConfigurationChoice {
    /// Nothing is measured.
    case none
    /// Training ends with the last good weights.
    case stop
    /// Training goes on from them with a smaller step of the attack.
    case smallerStep = "smaller-step"
    /// Training goes on from them with twice the steps of the attack.
    case moreSteps = "more-steps"
  }

  /// What is done about robust overfitting.
  public enum EarlyStop: String, Codable, ConfigurationChoice {
    /// Nothing.
    case none
    /// Training ends.
    case stop
  }

  /// What is done about a loss that is not finite.
  public enum Reaction: String, Codable, ConfigurationChoice {
    /// The run ends with an error.
    case stop
    /// The step is left out.
    case skip
  }

  /// What is done about a loss spike.
  public enum SpikeReaction: String, Codable, ConfigurationChoice {
    /// Nothing.
    case none
    /// The run ends with an error.
    case stop
    /// The step is left out.
    case skip
  }

  /// Single-step accuracy without multi-step accuracy (section `guards.catastrophicOverfitting`).
  public struct CatastrophicOverfitting: Codable, Equatable, Sendable {
    /// What is done.
    public var action: Remedy
    /// How often in an epoch accuracies are measured.
    public var perEpoch: Int
    /// The held-out samples that are measured.
    public var samples: Int
    /// The steps of the attack that is compared with one step.
    public var steps: Int
    /// The difference of the two accuracies that counts as overfitting.
    public var gap: Double
    /// What `smaller-step` multiplies the step size with.
    public var factor: Double
    /// The returns to good weights before training ends there.
    public var limit: Int
  }

  /// Robust accuracy that no longer rises (section `guards.robustOverfitting`).
  public struct RobustOverfitting: Codable, Equatable, Sendable {
    /// What is done.
    public var action: EarlyStop
    /// The validations in a row without a better robust accuracy.
    public var patience: Int
  }

  /// Losses and gradients that are not finite (section `guards.nonFinite`).
  public struct NonFinite: Codable, Equatable, Sendable {
    /// What is done.
    public var action: Reaction
  }

  /// Losses far above their running mean (section `guards.lossSpike`).
  public struct LossSpike: Codable, Equatable, Sendable {
    /// What is done.
    public var action: SpikeReaction
    /// The multiple of the running mean that counts as a spike.
    public var factor: Double
  }

  /// The watch for catastrophic overfitting.
  public var catastrophicOverfitting: CatastrophicOverfitting
  /// The watch for robust overfitting.
  public var robustOverfitting: RobustOverfitting
  /// The watch for losses and gradients that are not finite.
  public var nonFinite: NonFinite
  /// The watch for loss spikes.
  public var lossSpike: LossSpike
  /// The steps in a row that may be skipped before the run ends.
  public var skipLimit: Int

  init(reading reader: ConfigurationReader) {
    catastrophicOverfitting = CatastrophicOverfitting(
      reading: reader.section(
        "catastrophicOverfitting", "Single-step accuracy without multi-step accuracy."))
    robustOverfitting = RobustOverfitting(
      reading: reader.section("robustOverfitting", "Robust accuracy that no longer rises."))
    nonFinite = NonFinite(
      reading: reader.section("nonFinite", "Losses and gradients that are not finite."))
    lossSpike = LossSpike(reading: reader.section("lossSpike", "Losses far above their running mean."))
    skipLimit = reader.integer(
      "skipLimit", default: 10, in: 1...1_000_000, "Steps in a row that may be skipped before the run ends.")
    reader.finish()
  }
}

extension GuardsConfiguration.CatastrophicOverfitting {
  fileprivate init(reading reader: ConfigurationReader) {
    let action = reader.select("action", default: GuardsConfiguration.Remedy.none, "What is done about it.")
    let isUsed = action != .none
    perEpoch = reader.integer(
      "perEpoch", default: 4, in: 1...1_000_000, if: isUsed, "How often in an epoch accuracies are measured.")
    samples = reader.integer(
      "samples", default: 256, in: 1...1_000_000, if: isUsed, "The held-out samples that are measured.")
    steps = reader.integer(
      "steps", default: 10, in: 2...10_000, if: isUsed,
      "The steps of the PGD attack that is compared with FGSM, each 2.5 epsilon / steps.")
    gap = reader.number(
      "gap", default: 0.2, .unit, if: isUsed,
      "The difference of FGSM accuracy and PGD accuracy that counts as overfitting.")
    factor = reader.number(
      "factor", default: 0.5, .insideUnit, if: action == .smallerStep,
      "What the step size of the attack is multiplied with.")
    limit = reader.integer(
      "limit", default: 5, in: 1...1000, if: isUsed && action != .stop,
      "The returns to good weights before training ends there.")
    self.action = action
    reader.finish()
  }
}

extension GuardsConfiguration.RobustOverfitting {
  fileprivate init(reading reader: ConfigurationReader) {
    let action = reader.select(
      "action", default: GuardsConfiguration.EarlyStop.none, "What is done about it.")
    patience = reader.integer(
      "patience", default: 5, in: 1...1_000_000, if: action == .stop,
      "Validations in a row without a better robust accuracy.")
    self.action = action
    reader.finish()
  }
}

extension GuardsConfiguration.NonFinite {
  fileprivate init(reading reader: ConfigurationReader) {
    action = reader.choice(
      "action", default: .stop, "Whether such a step ends the run or is skipped on all ranks.")
    reader.finish()
  }
}

extension GuardsConfiguration.LossSpike {
  fileprivate init(reading reader: ConfigurationReader) {
    let action = reader.select(
      "action", default: GuardsConfiguration.SpikeReaction.none, "What is done about it.")
    factor = reader.number(
      "factor", default: 10, .positive, if: action != .none,
      "The multiple of the running mean of the loss that counts as a spike.")
    self.action = action
    reader.finish()
  }
}
