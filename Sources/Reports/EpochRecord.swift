/// The end of an epoch.
public struct EpochRecord: MetricsRecord, Equatable {
  /// Lines of epochs.
  public static let event = MetricsEvent.epoch
  /// The epoch, from 0.
  public var epoch: Int
  /// The optimizer steps done.
  public var step: Int
  /// The mean training loss over its samples.
  public var loss: Double
  /// Its training samples classified correctly, as trained on (attacked or not).
  public var training: AccuracyCount
  /// The wall-clock time of its training, without evaluations.
  public var seconds: Double

  /// Creates the record of an epoch.
  public init(epoch: Int, step: Int, loss: Double, training: AccuracyCount, seconds: Double) {
    self.epoch = epoch
    self.step = step
    self.loss = loss
    self.training = training
    self.seconds = seconds
  }
}

/// An evaluation during training.
public struct EvaluationMetrics: MetricsRecord, Equatable {
  /// Lines of evaluations.
  public static let event = MetricsEvent.evaluation
  /// The optimizer steps done.
  public var step: Int
  /// The samples it was on: `validation` or `test`.
  public var split: String
  /// The attack in full, with its steps, step size, norm and epsilon.
  public var attack: String
  /// The accuracy on unperturbed samples.
  public var clean: AccuracyCount
  /// The accuracy under the attack; nil if there was none.
  public var robust: AccuracyCount?
  /// The share that float32 interval bounds verify; nil where they are not asked.
  public var verified: AccuracyCount?
  /// How long it took.
  public var seconds: Double

  /// Creates the record of an evaluation.
  public init(
    step: Int, split: String, attack: String, clean: AccuracyCount, robust: AccuracyCount?,
    verified: AccuracyCount? = nil, seconds: Double
  ) {
    self.step = step
    self.split = split
    self.attack = attack
    self.clean = clean
    self.robust = robust
    self.verified = verified
    self.seconds = seconds
  }
}
