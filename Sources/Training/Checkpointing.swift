public import Checkpoints
import DataParallel
import Networks
import Tensors

/// Rank 0's way of keeping a run: what goes into its checkpoints, and when old ones go.
///
/// Tensors are copied at the step's end and written by a thread while all ranks train on.
public final class Checkpointing {
  /// How often checkpoints are written, and how many stay.
  public struct Cadence: Equatable, Sendable {
    /// Every so many epochs; 0 for never.
    public var everyEpochs: Int
    /// Every so many steps; 0 for never.
    public var everySteps: Int
    /// The newest that are kept besides the best one.
    public var keep: Int

    /// Creates a cadence.
    public init(everyEpochs: Int, everySteps: Int, keep: Int) {
      self.everyEpochs = everyEpochs
      self.everySteps = everySteps
      self.keep = keep
    }

    /// Whether a checkpoint is due at a position.
    public func isDue(at position: TrainingPosition) -> Bool {
      if position.step == 0 || position.isAtEnd { return true }
      if everySteps > 0 && position.step % everySteps == 0 { return true }
      return everyEpochs > 0 && position.isAtEpochEnd && position.epoch % everyEpochs == 0
    }
  }

  private let store: CheckpointStore
  private let writer = BackgroundWriter()
  private let keep: Int
  private let written: @Sendable (CheckpointReference) throws -> Void

  /// Creates the keeper of a store opened for writing.
  ///
  /// - Parameters:
  ///   - store: Where checkpoints go.
  ///   - keep: The newest that are kept besides the best one.
  ///   - written: Called on the writing thread for every checkpoint that is safely on the disk.
  public init(
    _ store: CheckpointStore, keep: Int,
    written: @escaping @Sendable (CheckpointReference) throws -> Void = { _ in }
  ) {
    self.store = store
    self.keep = keep
    self.written = written
  }

  /// Copies the learner's state and writes it in the background.
  ///
  /// - Throws: The error of the checkpoint before.
  public func save(_ learner: Learner, _ state: CheckpointState) throws {
    let checkpoint = Checkpoint(
      state: state, model: learner.evaluatedTensors, optimizer: learner.optimizer.namedTensors(),
      training: learner.trainingTensors)
    try writer.submit { [store, keep, written] in
      let reference = try store.write(checkpoint)
      try store.prune(keep: keep, upTo: reference.step)
      try written(reference)
    }
  }

  /// Waits until everything is on the disk.
  public func finish() throws {
    try writer.finish()
  }
}

extension Learner {
  /// Takes the weights and the optimizer's state of a checkpoint, or leaves both as they are.
  ///
  /// What else there is, `restoreTraining` takes over afterwards.
  ///
  /// - Throws: `TrainingError.unusableCheckpoint` where tensors do not fit the model.
  public func restore(_ checkpoint: LoadedCheckpoint) throws {
    do throws(ParameterMismatch) {
      try optimizer.requireFits(checkpoint.contents.optimizer)
      try model.parameters.load(checkpoint.contents.model)
      try optimizer.restore(checkpoint.contents.optimizer, step: checkpoint.contents.state.step)
    } catch {
      throw TrainingError.unusableCheckpoint(
        path: checkpoint.reference.path, reason: error.description)
    }
    try model.parametersChanged()
  }
}
