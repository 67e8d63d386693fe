public import Attacks
import Certificates
public import DataParallel
public import Datasets
import MessagePassing
import Networks
import Tensors

/// Certifies samples one by one: spread over ranks and threads, each on its own.
///
/// Nothing depends on the number of either: every rank has the same weights, and a sample's bounds depend on the
/// sample alone.
public final class CertificateEvaluator {
  private let model: DataParallelModel
  private let images: LabeledImages
  private let positions: [Int]
  private let isOnRootOnly: Bool

  /// Creates an evaluator.
  ///
  /// - Parameters:
  ///   - model: The model; its weights are those at the time of each call.
  ///   - images: The data set.
  ///   - positions: The images that are certified.
  ///   - onRootOnly: Whether rank 0 does all the work.
  public init(
    _ model: DataParallelModel, images: LabeledImages, positions: [Int], onRootOnly: Bool = false
  ) throws {
    if positions.isEmpty { throw EvaluationError.noSamples("the split holds no samples") }
    self.model = model
    self.images = images
    self.positions = positions
    isOnRootOnly = onRootOnly
  }

  /// Certifies every sample that `clean` has right; called on all ranks together.
  ///
  /// - Parameters:
  ///   - method: How samples are proven.
  ///   - threat: What they have to withstand.
  ///   - clean: What the model takes each sample for.
  ///   - keepsMargins: Whether propagated bounds are wanted as numbers: by the method asked for, also where a cheaper
  ///     one would do for the verdict.
  /// - Throws: `BoundError` where the method has nothing for this network.
  public func certify(
    _ method: CertificateMethod, _ threat: ThreatModel, clean: CleanResult, keepsMargins: Bool = false
  ) throws -> CertificateResult {
    let clock = ContinuousClock()
    let start = clock.now
    model.watchdog?.enter(.evaluation)
    let certifiers = try model.communicator.agree { try makeCertifiers(method, threat) }
    let correct = positions.indices.filter { clean.predictions[$0] == clean.labels[$0] }
    let (rank, ranks) = (model.communicator.rank, model.communicator.size)
    // Dealt out like cards: neighbours in a data set may be equally hard.
    let own = isOnRootOnly ? (rank == 0 ? correct : []) : correct.filter { $0 % ranks == rank }
    let codes = AlignedBuffer<Int64>(count: positions.count)
    let classes = max(model.network.architecture.outputs, 2)
    let margins = AlignedBuffer<Double>(count: keepsMargins ? positions.count * classes : 0)
    margins.elements.update(repeating: -.infinity)
    let (images, positions, watchdog) = (images, positions, model.watchdog)
    try model.pool.run(items: own.count) { worker, item in
      let place = own[item]
      codes.pointer[place] =
        certifiers[worker].certify(
          positions[place], of: images,
          margins: keepsMargins ? margins.pointer + place * classes : nil
        ).code
      watchdog?.didFinishMicrobatch()
    }
    model.watchdog?.enterGathering(isSpread: !isOnRootOnly)
    let all = try model.communicator.allReduce(Array(codes.elements), .sum)
    let bounds = try model.communicator.allReduce(Array(margins.elements), .maximum)
    return CertificateResult(
      method: method, threat: threat, clean: clean, findings: all.map { .init(code: $0) },
      margins: keepsMargins
        ? positions.indices.map { Array(bounds[$0 * classes..<($0 + 1) * classes]) } : nil,
      seconds: (clock.now - start).inSeconds)
  }

  /// One for each thread.
  private func makeCertifiers(
    _ method: CertificateMethod, _ threat: ThreatModel
  ) throws -> [SampleCertifier] {
    let architecture = model.network.architecture
    switch method {
    case .bounds(let bounds, let coversMinimalFiltering):
      let network = try BoundNetwork(
        architecture, model.parameters, coversMinimalFiltering: coversMinimalFiltering)
      return (0..<model.pool.workers).map { _ in
        SampleCertifier(pixels: images.imageSize, .bounds(BoundPropagation(network), bounds, threat))
      }
    case .exact:
      guard let linear = LinearModel(architecture, model.parameters) else {
        throw EvaluationError.notLinear(architecture.name)
      }
      let certificate = ExactLinearCertificate(linear, threat: threat)
      return (0..<model.pool.workers).map { _ in
        SampleCertifier(pixels: images.imageSize, .exact(certificate))
      }
    }
  }
}

/// What one thread needs; not shared.
private final class SampleCertifier: @unchecked Sendable {
  enum Kind {
    case bounds(BoundPropagation, BoundMethod, ThreatModel)
    case exact(ExactLinearCertificate)
  }

  private let kind: Kind
  private let image: AlignedBuffer<Float>

  init(pixels: Int, _ kind: Kind) {
    self.kind = kind
    image = AlignedBuffer(count: pixels)
  }

  /// - Parameter margins: Where the bounds go, one for each class, if they are wanted.
  func certify(
    _ position: Int, of images: LabeledImages, margins: UnsafeMutablePointer<Double>?
  ) -> CertificateResult.Finding {
    images.copyImage(position, into: image.pointer)
    let label = Int(images.labels[position])
    switch kind {
    case .bounds(let propagation, let method, let threat):
      let bounds = propagation.margins(
        image.pointer, label: label, threat, method, isThorough: margins != nil)
      margins?.update(from: bounds.margins, count: bounds.margins.count)
      return bounds.certifiedBy.map { .proven(by: $0.rawValue) } ?? .open
    case .exact(let certificate):
      switch certificate.verdict(image.pointer, label: label) {
      case .certified: return .proven(by: "exact")
      case .broken(let other): return .broken(class: other)
      case .undecided: return .open
      }
    }
  }
}

extension CertificateResult.Finding {
  private static let methods = BoundMethod.allCases.map(\.rawValue) + ["exact"]

  /// A number that ranks can exchange: 0 for nothing.
  fileprivate var code: Int64 {
    switch self {
    case .open: 0
    case .proven(let method): Int64((Self.methods.firstIndex(of: method) ?? 0) + 1)
    case .broken(let other): -1 - Int64(other)
    }
  }

  fileprivate init(code: Int64) {
    self =
      code == 0 ? .open : code > 0 ? .proven(by: Self.methods[Int(code) - 1]) : .broken(class: Int(-1 - code))
  }
}
