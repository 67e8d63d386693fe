import Datasets
import Tensors

extension LabeledImages {
  /// Images uniform on [0, 1), with any labels: what speed is measured on.
  ///
  /// Like those of CIFAR-10 for residual networks, and like those of MNIST for others.
  static func random(_ count: Int, for model: ModelConfiguration) -> LabeledImages {
    let (channels, edge) = model.name.isResidual ? (3, 32) : (1, 28)
    var stream = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic))
    let values = (0..<count * channels * edge * edge).map { _ in stream.uniform() }
    let labels = (0..<count).map { _ in UInt8(stream.index(below: 10)) }
    return LabeledImages(
      name: "random", channels: channels, height: edge, width: edge, classCount: 10, values: values,
      labels: labels)
  }
}
