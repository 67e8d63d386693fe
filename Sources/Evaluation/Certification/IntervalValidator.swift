public import Attacks
public import DataParallel
public import Datasets
import MessagePassing
import Networks
import Tensors

/// Counts the samples that interval bounds in float32 verify: a quick score for choosing among weights while training.
///
/// Rounding is not allowed for, so the count is no certificate; `CertificateEvaluator` gives those. Nothing depends on
/// the number of ranks or threads: every rank has the same weights, and a sample's bounds depend on the sample alone.
public final class IntervalValidator {
  private let model: DataParallelModel
  private let images: LabeledImages
  private let positions: [Int]
  private let isOnRootOnly: Bool
  private let network: IntervalNetwork
  private let workspaces: [Workspace]

  /// What one thread needs; not shared.
  private final class Workspace: @unchecked Sendable {
    let session: IntervalSession
    let batch: AttackBatch

    init(_ network: IntervalNetwork) throws {
      session = try network.makeSession()
      batch = AttackBatch(
        capacity: network.microbatch, imageElements: network.architecture.input.elements)
    }
  }

  /// Creates a validator.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are those at the time of each measurement.
  ///   - images: The data set.
  ///   - positions: The images that are measured on.
  ///   - onRootOnly: Whether rank 0 does all the work.
  /// - Throws: `IntervalError` where intervals do not go through the network.
  public init(
    _ model: DataParallelModel, images: LabeledImages, positions: [Int], onRootOnly: Bool = false
  ) throws {
    if positions.isEmpty { throw EvaluationError.noSamples("the split holds no samples") }
    self.model = model
    self.images = images
    self.positions = positions
    isOnRootOnly = onRootOnly
    let network = try IntervalNetwork(model.network.architecture, microbatch: model.network.microbatch)
    self.network = network
    workspaces = try (0..<model.pool.workers).map { _ in try Workspace(network) }
  }

  /// The samples that are classified correctly for all images of a threat; called on all ranks together.
  ///
  /// - Precondition: the threat's norm is linf.
  public func countVerified(_ threat: ThreatModel) throws -> Int {
    precondition(threat.norm == .linf, "interval bounds in \(threat.norm)")
    model.watchdog?.enter(.evaluation)
    let (rank, ranks) = (model.communicator.rank, isOnRootOnly ? 1 : model.communicator.size)
    let plan = MicrobatchPlan(samples: positions.count, microbatch: network.microbatch)
    let own = (0..<plan.count).filter { $0 % ranks == rank }
    try model.communicator.agree { try network.load(model.parameters) }
    let counts = AlignedBuffer<Int64>(count: own.count)
    let (images, positions, watchdog, workspaces) = (images, positions, model.watchdog, workspaces)
    try model.pool.run(items: own.count) { worker, item in
      let (session, batch) = (workspaces[worker].session, workspaces[worker].batch)
      batch.removeAll()
      for position in positions[plan.samples(of: own[item])] {
        batch.append(label: Int(images.labels[position]), sample: UInt32(images.sourceIndices[position])) {
          images.copyImage(position, into: $0)
        }
      }
      batch.pad()
      threat.linfSet(
        of: batch.images.pointer, lower: session.lower, upper: session.upper, count: batch.images.count)
      try session.forward(labels: batch.labels)
      counts.pointer[item] = Int64((0..<batch.count).count { session.isVerified($0) })
      watchdog?.didFinishMicrobatch()
    }
    model.watchdog?.enterGathering(isSpread: !isOnRootOnly)
    let total = try model.communicator.allReduce([counts.elements.reduce(0, +)], .sum)
    return Int(total[0])
  }
}
