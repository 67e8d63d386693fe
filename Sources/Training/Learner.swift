public import Attacks
public import DataParallel
public import Datasets
import MessagePassing
public import Networks
import Tensors

/// Everything a rank needs to take optimizer steps: the model, the optimizer, the data, one workspace for each thread,
/// and what methods carry from step to step.
public final class Learner {
  /// This rank's replica of the model.
  public let model: DataParallelModel
  /// The optimizer, in the same state on all ranks.
  public let optimizer: Optimizer
  /// The training images; every rank holds all of them and reads its shard of each batch.
  public let images: LabeledImages
  /// The seed of the run.
  public let seed: UInt64
  /// What happens to the images of a batch before they are attacked and learned from; nil for nothing.
  public let augmentation: ImageAugmentation?
  /// One workspace for each thread of this rank.
  public let workspaces: [AttackWorkspace]
  /// The average of the weights; nil before it has begun.
  public internal(set) var average: WeightAverage?

  /// The perturbations of free adversarial training; nil for other methods.
  var perturbation: CarriedPerturbation?
  /// What methods on bounds compute with; nil for other methods.
  var bounds: BoundSessions?
  /// What a guard returns to.
  var lastGood: LearnerState?
  /// The examples of a batch that more than one gradient is taken on.
  let examples = ExampleStore()
  /// Room for a copy of the weights within a step.
  lazy var scratchWeights = ParameterArena(model.parameters.layout)

  /// Creates a learner.
  public init(
    model: DataParallelModel, optimizer: Optimizer, images: LabeledImages, seed: UInt64,
    augmentation: ImageAugmentation? = nil
  ) throws {
    self.model = model
    self.optimizer = optimizer
    self.images = images
    self.seed = seed
    self.augmentation = augmentation
    workspaces = try (0..<model.pool.workers).map { _ in try AttackWorkspace(model.network) }
  }

  /// Takes one step on the samples at the given positions.
  ///
  /// - Throws: `StepRejection` on all ranks together where the step may not be taken; the weights are unchanged then.
  public func takeStep(
    _ index: Int, _ conditions: StepConditions, on batch: ArraySlice<Int>, by method: any TrainingMethod
  ) throws -> StepOutcome {
    try method.run(TrainingStep(index: index, conditions: conditions, learner: self, batch: batch))
  }

  /// Takes one step on the samples at the given positions, with nothing but a learning rate.
  public func takeStep(
    _ index: Int, rate: Double, on batch: ArraySlice<Int>, by method: any TrainingMethod
  ) throws -> StepOutcome {
    try takeStep(index, StepConditions(rate: rate), on: batch, by: method)
  }

  /// Takes the present weights into their average.
  func addToAverage(_ averaging: WeightAveraging) {
    if let average {
      average.add(model.parameters, by: averaging.method)
    } else {
      average = WeightAverage(model.parameters)
    }
  }

  /// Runs `body` with the averaged weights in the model, where there are any.
  func withEvaluatedWeights<Value>(_ body: () throws -> Value) throws -> Value {
    guard let average else { return try body() }
    scratchWeights.copy(from: model.parameters)
    model.parameters.copy(from: average.weights)
    try model.parametersChanged()
    let value = try body()
    model.parameters.copy(from: scratchWeights)
    try model.parametersChanged()
    return value
  }

  /// The perturbations that free adversarial training carries, with room for a batch.
  func carriedPerturbation(rows: Int) -> CarriedPerturbation {
    let carried = perturbation ?? CarriedPerturbation(rows: rows, elements: images.imageSize)
    carried.grow(to: rows)
    perturbation = carried
    return carried
  }

  /// Makes all ranks hold all that is carried; all of them call it, before a checkpoint or a copy.
  func shareCarried() throws {
    try perturbation?.share(on: model.communicator)
  }
}
