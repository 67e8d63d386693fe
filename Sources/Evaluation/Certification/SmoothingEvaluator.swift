public import Certificates
public import DataParallel
public import Datasets
import MessagePassing
import Networks
import Tensors

/// What randomized smoothing says of every sample.
public struct SmoothingResult: Sendable {
  /// The procedure.
  public let smoothing: RandomizedSmoothing
  /// By sample, the class of the smoothed classifier and the radius within which it is constant.
  ///
  /// The radius is 0 where only a prediction was asked.
  public let certificates: [RandomizedSmoothing.Certificate]
  /// The class of each sample.
  public let labels: [Int]
  /// The index of each sample in its data set.
  public let sourceIndices: [Int]
  /// The time it took on this rank, waiting for others included.
  public let seconds: Double

  /// The samples whose class is right and constant within an l2 ball of a radius.
  public func correct(radius: Double) -> Int {
    zip(certificates, labels).count { $0.predicted == $1 && $0.radius >= radius }
  }

  /// The samples that the smoothed classifier leaves open.
  public var abstained: Int { certificates.count { $0.predicted == nil } }
}

/// Randomized smoothing, spread over ranks and threads by samples and by draws of noise.
///
/// Draws are counted as integers and every draw's noise depends on seed, sample and number alone: counts are the
/// same for any number of ranks, threads, and samples in a micro-batch.
public final class SmoothingEvaluator {
  private let model: DataParallelModel
  private let images: LabeledImages
  private let positions: [Int]
  private let seed: UInt64
  private let workers: [SmoothingWorker]
  private let isOnRootOnly: Bool

  /// Creates an evaluator.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are those at the time of each call.
  ///   - images: The data set.
  ///   - positions: The images that are certified.
  ///   - seed: The seed of the noise.
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
    workers = try (0..<model.pool.workers).map { _ in try SmoothingWorker(model.network) }
  }

  /// Certifies every sample; called on all ranks together.
  public func certify(_ smoothing: RandomizedSmoothing) throws -> SmoothingResult {
    let clock = ContinuousClock()
    let start = clock.now
    let selected = try count(smoothing, draws: smoothing.selectionDraws, .selection)
      .map { smoothing.selected($0) }
    let counts = try count(smoothing, draws: smoothing.draws, .estimation)
    let certificates = zip(selected, counts).map {
      smoothing.certificate(selected: $0, count: $1[$0])
    }
    return result(smoothing, certificates, seconds: (clock.now - start).inSeconds)
  }

  /// Predicts every sample, or abstains; called on all ranks together.
  public func predict(_ smoothing: RandomizedSmoothing) throws -> SmoothingResult {
    let clock = ContinuousClock()
    let start = clock.now
    let certificates = try count(smoothing, draws: smoothing.draws, .prediction)
      .map { RandomizedSmoothing.Certificate(predicted: smoothing.prediction($0), radius: 0) }
    return result(smoothing, certificates, seconds: (clock.now - start).inSeconds)
  }

  private func result(
    _ smoothing: RandomizedSmoothing, _ certificates: [RandomizedSmoothing.Certificate], seconds: Double
  ) -> SmoothingResult {
    SmoothingResult(
      smoothing: smoothing, certificates: certificates, labels: positions.map { Int(images.labels[$0]) },
      sourceIndices: positions.map { images.sourceIndices[$0] }, seconds: seconds)
  }

  /// How often each class came up for each sample, over all ranks.
  private func count(
    _ smoothing: RandomizedSmoothing, draws: Int, _ stage: RandomizedSmoothing.Stage
  ) throws -> [[Int]] {
    model.watchdog?.enter(.evaluation)
    let plan = MicrobatchPlan(samples: draws, microbatch: model.network.microbatch)
    let classes = max(model.network.architecture.outputs, 2)
    let own =
      isOnRootOnly
      ? (model.communicator.isRoot ? 0..<positions.count * plan.count : 0..<0)
      : Shard(
        rank: model.communicator.rank, of: model.communicator.size,
        microbatches: positions.count * plan.count
      ).range
    for worker in workers { worker.begin(counts: positions.count * classes) }
    let (workers, images, positions, seed) = (workers, images, positions, seed)
    let watchdog = model.watchdog
    try model.pool.run(items: own.count) { worker, item in
      let (place, batch) = (own.lowerBound + item).quotientAndRemainder(dividingBy: plan.count)
      try workers[worker].count(
        images, positions[place], smoothing, plan.samples(of: batch), stage, seed: seed,
        into: place * classes)
      watchdog?.didFinishMicrobatch()
    }
    model.watchdog?.enterGathering(isSpread: !isOnRootOnly)
    var sums = [Int64](repeating: 0, count: positions.count * classes)
    for worker in workers {
      for (i, count) in worker.counts.enumerated() { sums[i] += count }
    }
    let all = try model.communicator.allReduce(sums, .sum)
    return positions.indices.map { place in
      all[place * classes..<(place + 1) * classes].map(Int.init)
    }
  }
}

/// What one thread needs; not shared.
private final class SmoothingWorker: @unchecked Sendable {
  private let session: NetworkSession
  private let image: AlignedBuffer<Float>
  private(set) var counts: [Int64] = []

  init(_ network: CompiledNetwork) throws {
    session = try network.makeSession()
    image = AlignedBuffer(count: session.imageElements)
  }

  func begin(counts: Int) {
    self.counts = Array(repeating: 0, count: counts)
  }

  func count(
    _ images: LabeledImages, _ position: Int, _ smoothing: RandomizedSmoothing, _ draws: Range<Int>,
    _ stage: RandomizedSmoothing.Stage, seed: UInt64, into first: Int
  ) throws {
    images.copyImage(position, into: image.pointer)
    let sample = UInt32(images.sourceIndices[position])
    for (row, draw) in draws.enumerated() {
      smoothing.addNoise(
        into: session.images + row * session.imageElements, image: image.pointer,
        count: session.imageElements, seed: seed, sample: sample, draw: draw, stage)
    }
    try session.forward(.evaluation)
    for row in 0..<draws.count {
      let predicted = predictedClass(session.outputs(of: row))
      // Outputs that are not numbers speak for no class.
      if predicted >= 0 { counts[first + predicted] += 1 }
    }
  }
}
