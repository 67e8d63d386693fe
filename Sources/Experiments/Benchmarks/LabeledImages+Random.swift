import Datasets
import Tensors

extension LabeledImages {
  /// Images of 28 x 28 pixels uniform on [0, 1), with any labels: what speed is measured on.
  static func random(_ count: Int) -> LabeledImages {
    var stream = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic))
    let values = (0..<count * 784).map { _ in stream.uniform() }
    let labels = (0..<count).map { _ in UInt8(stream.index(below: 10)) }
    return LabeledImages(
      name: "random", channels: 1, height: 28, width: 28, classCount: 10, values: values, labels: labels)
  }
}
