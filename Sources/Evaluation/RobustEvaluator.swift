public import Attacks
public import DataParallel
public import Datasets
import MessagePassing
import Networks
import Tensors

/// Measures clean and robust accuracy: every sample is attacked exactly once, whatever the number of ranks, and
/// counts are added as integers.
///
/// Samples are cut into micro-batches and these spread over ranks and threads. Only samples that are classified
/// correctly are attacked, and between restarts the survivors of a rank are packed into full micro-batches again;
/// neither changes a verdict, because a sample's result depends on the sample alone.
public final class RobustEvaluator {
  private let model: DataParallelModel
  private let images: LabeledImages
  private let positions: [Int]
  private let seed: UInt64
  private let workspaces: [AttackWorkspace]
  /// The samples of each rank, as places in `positions`.
  private let shards: [Range<Int>]
  private let isOnRootOnly: Bool

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
    isOnRootOnly = onRootOnly
    workspaces = try (0..<model.pool.workers).map { _ in try AttackWorkspace(model.network) }
    let plan = MicrobatchPlan(samples: positions.count, microbatch: model.network.microbatch)
    shards = (0..<model.communicator.size).map { rank in
      if onRootOnly { return rank == 0 ? 0..<positions.count : positions.count..<positions.count }
      let range = Shard(rank: rank, of: model.communicator.size, microbatches: plan.count).range
      return min(
        range.lowerBound * plan.microbatch, plan.samples)..<min(
          range.upperBound * plan.microbatch, plan.samples)
    }
  }

  private var ownShard: Range<Int> { shards[model.communicator.rank] }

  /// Classifies every image as it is.
  public func measureClean() throws -> CleanResult {
    model.watchdog?.enter(.evaluation)
    let predictions = try classify(Array(ownShard)) { workspace in
      try workspace.session.forward(.evaluation)
      return []
    }
    model.watchdog?.enterGathering(isSpread: !isOnRootOnly)
    return CleanResult(
      sourceIndices: positions.map { images.sourceIndices[$0] },
      labels: positions.map { Int(images.labels[$0]) },
      predictions: try gatherAll(predictions.map { Int64($0.prediction) }).map(Int.init))
  }

  /// Attacks every image that `clean` has right.
  public func measure(_ attack: any Attack, clean: CleanResult) throws -> AttackResult {
    let clock = ContinuousClock()
    let start = clock.now
    model.watchdog?.enter(.evaluation)
    let context = AttackContext(seed: seed)
    var outcomes = ownShard.map { AttackOutcome(prediction: clean.predictions[$0]) }
    var survivors = ownShard.filter { clean.predictions[$0] == clean.labels[$0] }
    var largestNorm = 0.0
    for restart in 0..<attack.restarts {
      let found = try classify(survivors) { workspace in
        try attack.run(workspace.batch, on: workspace.session, restart: restart, context)
        try workspace.session.forward(.evaluation)
        return try workspace.perturbationNorms(of: attack)
      }
      for (place, sample) in zip(survivors, found) {
        largestNorm = max(largestNorm, sample.norm)
        if sample.prediction == clean.labels[place] { continue }
        outcomes[place - ownShard.lowerBound] = AttackOutcome(prediction: sample.prediction, isBroken: true)
      }
      survivors.removeAll { outcomes[$0 - ownShard.lowerBound].isBroken }
    }
    model.watchdog?.enterGathering(isSpread: !isOnRootOnly)
    let predictions = try gatherAll(outcomes.map { Int64($0.prediction) })
    let broken = try gatherAll(outcomes.map { $0.isBroken ? 1 : 0 })
    let norm = try model.communicator.allReduce(largestNorm, .maximum)
    return AttackResult(
      attack: attack, clean: clean, predictions: predictions.map(Int.init), broken: broken.map { $0 == 1 },
      largestNorm: norm, seconds: (clock.now - start).inSeconds)
  }

  /// What was found for one sample.
  private struct Finding: Sendable {
    var prediction = 0
    var norm = 0.0
  }

  private struct AttackOutcome {
    var prediction: Int
    var isBroken = false
  }

  /// Packs samples into micro-batches, has threads run `body` on them, and reads off the predicted classes.
  ///
  /// - Parameter body: Leaves outputs in the session; may return a number for each sample.
  private func classify(
    _ places: [Int], _ body: @escaping @Sendable (AttackWorkspace) throws -> [Double]
  ) throws -> [Finding] {
    let plan = MicrobatchPlan(samples: places.count, microbatch: model.network.microbatch)
    let findings = AlignedBuffer<Double>(count: 2 * places.count)
    let (workspaces, images, positions, watchdog) = (workspaces, images, positions, model.watchdog)
    try model.pool.run(items: plan.count) { worker, item in
      let workspace = workspaces[worker]
      let range = plan.samples(of: item)
      workspace.fill(range.map { positions[places[$0]] }, of: images)
      let norms = try body(workspace)
      for (row, place) in range.enumerated() {
        findings.pointer[2 * place] = Double(predictedClass(workspace.session.outputs(of: row)))
        findings.pointer[2 * place + 1] = norms.isEmpty ? 0 : norms[row]
      }
      watchdog?.didFinishMicrobatch()
    }
    return places.indices.map {
      Finding(prediction: Int(findings.pointer[2 * $0]), norm: findings.pointer[2 * $0 + 1])
    }
  }

  /// The values of all samples, in order, from the shards of all ranks.
  private func gatherAll(_ own: [Int64]) throws -> [Int64] {
    var all = [Int64](repeating: 0, count: positions.count)
    all.replaceSubrange(ownShard, with: own)
    try all.withUnsafeMutableBufferPointer { buffer in
      try model.communicator.allGather(inPlace: buffer, BlockLayout(counts: shards.map(\.count)))
    }
    return all
  }
}

extension AttackWorkspace {
  /// The lengths of the perturbations that are in the session now, each checked against the threat model.
  fileprivate func perturbationNorms(of attack: any Attack) throws -> [Double] {
    let elements = batch.imageElements
    return try (0..<batch.count).map { row in
      let clean = batch.images.pointer + row * elements
      let adversarial = session.images + row * elements
      let norm = attack.threat.distance(clean, adversarial, count: elements)
      guard attack.threat.allows(adversarial, from: clean, count: elements) else {
        throw EvaluationError.outsideThreatModel(
          attack: attack.name, sample: Int(batch.samples[row]), norm: norm,
          epsilon: Double(attack.threat.epsilon))
      }
      return norm
    }
  }
}
