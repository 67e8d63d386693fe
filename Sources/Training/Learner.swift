public import Attacks
public import DataParallel
public import Datasets
public import Networks

/// Everything a rank needs to take optimizer steps: the model, the optimizer, the data, and one workspace for
/// each thread.
public final class Learner {
  /// This rank's replica of the model.
  public let model: DataParallelModel
  /// The optimizer, in the same state on all ranks.
  public let optimizer: Optimizer
  /// The training images; every rank holds all of them and reads its shard of each batch.
  public let images: LabeledImages
  /// The seed of the run.
  public let seed: UInt64
  /// One workspace for each thread of this rank.
  public let workspaces: [AttackWorkspace]

  /// Creates a learner.
  public init(model: DataParallelModel, optimizer: Optimizer, images: LabeledImages, seed: UInt64) throws {
    self.model = model
    self.optimizer = optimizer
    self.images = images
    self.seed = seed
    workspaces = try (0..<model.pool.workers).map { _ in try AttackWorkspace(model.network) }
  }

  /// Takes one step on the samples at the given positions.
  public func takeStep(
    _ index: Int, rate: Double, on batch: ArraySlice<Int>, by method: any TrainingMethod
  ) throws -> StepOutcome {
    try method.run(TrainingStep(index: index, rate: rate, learner: self, batch: batch))
  }
}
