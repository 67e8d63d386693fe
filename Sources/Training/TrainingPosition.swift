/// How far a run has come: everything else about its place follows from the number of steps taken.
public struct TrainingPosition: Equatable, Sendable {
  /// The optimizer steps taken.
  public var step: Int
  /// The steps of an epoch.
  public let stepsPerEpoch: Int
  /// The epochs of the whole run.
  public let epochs: Int

  /// Creates a position.
  public init(step: Int, stepsPerEpoch: Int, epochs: Int) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.epochs = epochs
  }

  /// The epoch that the next step belongs to, from 0.
  public var epoch: Int { step / stepsPerEpoch }
  /// The next step within its epoch, from 0.
  public var batchInEpoch: Int { step % stepsPerEpoch }
  /// The steps of the whole run.
  public var totalSteps: Int { stepsPerEpoch * epochs }
  /// Whether an epoch has just ended.
  public var isAtEpochEnd: Bool { step > 0 && batchInEpoch == 0 }
  /// Whether nothing is left to do.
  public var isAtEnd: Bool { step >= totalSteps }
}

extension Trainer.Settings {
  /// The beginning of a run on so many training samples.
  public func start(samples: Int) -> TrainingPosition {
    let batches = (samples + batchSize - 1) / batchSize
    return TrainingPosition(step: 0, stepsPerEpoch: batches * method.replays, epochs: epochs)
  }
}
