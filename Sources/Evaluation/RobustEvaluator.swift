import Attacks
public import DataParallel
public import Datasets
public import MessagePassing
import Networks
import Tensors

/// Measures clean and robust accuracy: every sample is attacked exactly once, whatever the number of ranks, and
/// counts are added as integers.
///
/// Only samples that are classified correctly are attacked. Before every run of an attack the survivors are spread
/// over all ranks anew, packed into full micro-batches; that changes no verdict, because a sample's result depends on
/// the sample alone.
public final class RobustEvaluator {
  let model: DataParallelModel
  let images: LabeledImages
  let positions: [Int]
  let seed: UInt64
  /// The ranks that work, from rank 0 on.
  let workingRanks: Int
  private let workspaces: [EvaluationWorkspace]
  /// For attacks that let rows rest; made when the first of them comes.
  private var packedWorkspaces: [EvaluationWorkspace] = []

  /// Creates an evaluator.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are those at the time of each measurement.
  ///   - images: The data set.
  ///   - positions: The images that are measured on.
  ///   - seed: The seed of random starts.
  ///   - onRootOnly: Whether rank 0 does all the work.
  public init(
    _ model: DataParallelModel, images: LabeledImages, positions: [Int], seed: UInt64,
    onRootOnly: Bool = false
  ) throws {
    if positions.isEmpty { throw EvaluationError.noSamples("the split holds no samples") }
    self.model = model
    self.images = images
    self.positions = positions
    self.seed = seed
    workingRanks = onRootOnly ? 1 : model.communicator.size
    workspaces = try (0..<model.pool.workers).map { _ in
      try EvaluationWorkspace(model.network, microbatches: 1)
    }
  }

  /// The ranks that evaluate together.
  public var communicator: Communicator { model.communicator }

  /// Classifies every image as it is.
  public func measureClean() throws -> CleanResult {
    let found = try compute(Array(positions.indices)) { workspace, _ in
      try workspace.session.forward(.evaluation)
      return []
    }
    return CleanResult(
      sourceIndices: positions.map { images.sourceIndices[$0] },
      labels: positions.map { Int(images.labels[$0]) }, predictions: found.predictions)
  }

  /// What was found for a list of samples.
  struct Findings {
    /// The classes predicted for all of them, on all ranks.
    let predictions: [Int]
    /// This rank's share of the list.
    let own: Range<Int>
    /// What `body` returned for the samples of that share.
    let values: [Double]
  }

  /// Spreads samples over ranks, packs them into micro-batches, has threads run `body` on them, and collects the
  /// predicted classes; called on all ranks together.
  ///
  /// - Parameters:
  ///   - places: The samples, as places in `positions`.
  ///   - packsRows: Whether a thread takes several micro-batches at a time, because `body` lets rows rest.
  ///   - finished: Called on any thread for every micro-batch of this rank.
  ///   - body: Leaves outputs in the session, and may return a number for each sample; it is told where in this rank's
  ///     share the micro-batch begins.
  func compute(
    _ places: [Int], packsRows: Bool = false, finished: (@Sendable () -> Void)? = nil,
    _ body: @escaping @Sendable (EvaluationWorkspace, _ first: Int) throws -> [Double]
  ) throws -> Findings {
    let spread = self.spread(places.count)
    let own = spread.range(of: model.communicator.rank)
    model.watchdog?.enter(.evaluation)
    let plan = PackedPlan(
      MicrobatchPlan(samples: own.count, microbatch: spread.microbatch), workers: model.pool.workers,
      most: packsRows ? EvaluationWorkspace.packedMicrobatches : 1)
    let workspaces = try workspaces(packed: plan.isPacked)
    let table = AlignedBuffer<Double>(count: 2 * own.count)
    let (images, watchdog) = (images, model.watchdog)
    let shares = places[own].map { positions[$0] }
    try model.pool.run(items: plan.count) { worker, item in
      let workspace = workspaces[worker]
      let range = plan.samples(of: item)
      workspace.fill(shares[range], of: images)
      let values = try body(workspace, range.lowerBound)
      for (row, sample) in range.enumerated() {
        table.pointer[2 * sample] = Double(predictedClass(workspace.session.outputs(of: row)))
        table.pointer[2 * sample + 1] = values.isEmpty ? 0 : values[row]
      }
      for _ in plan.microbatches(of: item) {
        watchdog?.didFinishMicrobatch()
        finished?()
      }
    }
    // Ranks of other hosts that had nothing to do know nothing of how long the others take.
    let isEven = (0..<model.communicator.size).allSatisfy { !spread.range(of: $0).isEmpty }
    model.watchdog?.enterGathering(isSpread: isEven)
    return Findings(
      predictions: try gather((0..<own.count).map { Int(table.pointer[2 * $0]) }, spread), own: own,
      values: (0..<own.count).map { table.pointer[2 * $0 + 1] })
  }

  private func workspaces(packed: Bool) throws -> [EvaluationWorkspace] {
    guard packed else { return workspaces }
    if packedWorkspaces.isEmpty {
      packedWorkspaces = try workspaces.map { _ in
        try EvaluationWorkspace(model.network, microbatches: EvaluationWorkspace.packedMicrobatches)
      }
    }
    return packedWorkspaces
  }

  /// How so many samples are spread.
  func spread(_ samples: Int) -> SampleSpread {
    SampleSpread(samples: samples, microbatch: model.network.microbatch, ranks: workingRanks)
  }

  /// The integers of all samples, in order, from the shares of all ranks.
  private func gather(_ values: [Int], _ spread: SampleSpread) throws -> [Int] {
    let ranges = (0..<model.communicator.size).map(spread.range)
    var all = [Int](repeating: 0, count: spread.samples)
    all.replaceSubrange(ranges[model.communicator.rank], with: values)
    try all.withUnsafeMutableBufferPointer { buffer in
      try model.communicator.allGather(inPlace: buffer, BlockLayout(counts: ranges.map(\.count)))
    }
    return all
  }
}
