public import Networks

extension Trainer {
  /// The settings of the loop.
  public struct Settings: Sendable {
    /// The method.
    public var method: any TrainingMethod
    /// The learning rates.
    public var schedule: LearningRateSchedule
    /// The samples of a global batch.
    public var batchSize: Int
    /// How often every training sample is seen, replays of a batch not counted.
    public var epochs: Int
    /// When checkpoints are written.
    public var cadence: Checkpointing.Cadence
    /// Every how many steps the ranks compare their weights, beside before every checkpoint; 0 for never.
    public var comparisonInterval: Int
    /// What the run is, for its checkpoints.
    public var identity: [String: String]
    /// What it is computed with, for its checkpoints.
    public var environment: [String: String]
    /// The average of the weights that is evaluated in their place; nil for none.
    public var averaging: WeightAveraging?
    /// The epochs over which epsilon rises linearly from 0.
    public var epsilonWarmup = 0.0
    /// The length that gradients are cut to; nil for none.
    public var gradientLimit: Double?
    /// What watches over the run.
    public var guards = TrainingGuards()

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

    /// What epsilon is multiplied with in a step.
    package func epsilonFactor(at position: TrainingPosition) -> Double {
      let steps = epsilonWarmup * Double(position.stepsPerEpoch)
      return Double(position.step + 1) >= steps ? 1 : Double(position.step + 1) / steps
    }
  }
}
