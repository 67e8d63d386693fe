public import Checkpoints

/// What a checkpoint keeps of the training loop besides tensors.
public struct TrainerState: Codable, Equatable, Sendable {
  /// The last good state, whose tensors are in the checkpoint.
  public struct Good: Codable, Equatable, Sendable {
    /// The step it was found behind.
    public var step: Int
    /// The updates that the optimizer had made.
    public var optimizerStep: Int
    /// The weights that its average had taken in.
    public var averaged: Int
  }

  /// What the epoch has come to.
  public var epoch: EpochProgress
  /// The updates that the optimizer has made: fewer than steps where some were skipped.
  public var optimizerStep: Int
  /// The weights that the average has taken in; 0 where there is none.
  public var averaged: Int
  /// What the guards have done.
  public var guards: GuardState
  /// The last good state; nil where no guard returns to one.
  public var good: Good?

  /// The state within a checkpoint; nil where it holds none.
  ///
  /// - Throws: `DecodingError` where it holds something else, such as that of another version.
  public init?(of state: CheckpointState) throws {
    if state.payload == .null { return nil }
    self = try state.payload.decode(as: TrainerState.self)
  }

  init(epoch: EpochProgress, optimizerStep: Int, averaged: Int, guards: GuardState, good: Good?) {
    self.epoch = epoch
    self.optimizerStep = optimizerStep
    self.averaged = averaged
    self.guards = guards
    self.good = good
  }
}
