import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import Training

/// Small images with a small network to learn them.
struct Problem {
  static let architecture = Architecture.cnnSmall(
    input: ImageShape(channels: 1, height: 12, width: 12), classes: 10)
  static let microbatch = 4

  /// Images uniform on [0, 1], some pixels exactly 0 or 1.
  static func images(_ count: Int) -> LabeledImages {
    var stream = RandomStream(RandomIdentity(seed: 4, purpose: .synthetic))
    let values = (0..<count * 144).map { _ in min(max(1.4 * stream.uniform() - 0.2, 0), 1) }
    return LabeledImages(
      name: "small", channels: 1, height: 12, width: 12, classCount: 10, values: values,
      labels: (0..<count).map { UInt8($0 * 7 % 10) })
  }

  static func threat(_ norm: String = "linf") -> ThreatModel {
    norm == "l2" ? ThreatModel(norm: .l2, epsilon: 1) : ThreatModel(norm: .linf, epsilon: 0.1)
  }

  static func learner(
    _ images: LabeledImages, on world: Communicator, rule: OptimizerRule = .sgd(),
    weights: ParameterArena? = nil, threads: Int = 1, augmentation: ImageAugmentation? = nil
  ) throws -> Learner {
    let network = try CompiledNetwork(architecture, microbatch: microbatch)
    let model = try DataParallelModel(
      network, parameters: weights ?? architecture.initialParameters(seed: 1), communicator: world,
      threads: threads)
    return try Learner(
      model: model, optimizer: Optimizer(rule, network.parameterLayout), images: images, seed: 9,
      augmentation: augmentation)
  }
}

extension ParameterArena {
  var values: [Float] { Array(storage.elements) }

  func copied() -> ParameterArena {
    let copy = ParameterArena(layout)
    copy.copy(from: self)
    return copy
  }
}

/// The largest difference over the largest magnitude.
func relativeDifference(_ values: [Float], _ expected: [Float]) -> Double {
  let error = zip(values, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
  return error / (expected.map { abs(Double($0)) }.max() ?? 1)
}

/// The Euclidean length.
func length(_ values: some Sequence<Float>) -> Double {
  values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
}

/// 1 where the bits are the same.
func sameBits(_ one: [Float], _ other: [Float]) -> Double {
  one.map(\.bitPattern) == other.map(\.bitPattern) ? 1 : 0
}
