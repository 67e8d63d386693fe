import Datasets
import Networks

extension ExperimentConfiguration {
  /// The network for images of a data set.
  ///
  /// - Throws: `ExperimentError` where the images are too small for the network.
  func architecture(for images: LabeledImages) throws -> Architecture {
    let architecture = try Self.architecture(
      model.fullName, for: images, hiddenUnits: model.hidden, bias: model.bias,
      activation: model.activation == .swish ? .swish : .relu)
    let initialized =
      model.initialization == .ibp ? architecture.initialized(.intervalPreserving) : architecture
    guard !model.mean.isEmpty else { return initialized }
    guard model.mean.count == images.channels else {
      throw ExperimentError.usage(
        "model.mean has \(model.mean.count) entries, and the images of \(images.name) have "
          + "\(images.channels) channels")
    }
    return initialized.normalizing(
      means: model.mean.map(Float.init), deviations: model.deviation.map(Float.init))
  }

  /// A network by name, for images of a data set.
  static func architecture(
    _ name: String, for images: LabeledImages, hiddenUnits: [Int] = [100], bias: Bool = true,
    activation: Layer = .relu
  ) throws -> Architecture {
    let input = ImageShape(channels: images.channels, height: images.height, width: images.width)
    if name == "linear-binary" && !images.isBinary {
      throw ExperimentError.usage(
        "linear-binary tells two classes apart, and \(images.name) has \(images.classCount): choose two with "
          + "data.classes, such as data.classes=[3,8]")
    }
    let smallest: [String: Int] = [
      "lenet": 16, "cnn-small": 4, "cnn-madry": 4, "cnn-trades": 16, "cnn-ibp-small": 10,
      "cnn-ibp-medium": 16,
    ]
    if let limit = smallest[name], min(input.height, input.width) < limit {
      throw ExperimentError.usage(
        "\(name) needs images of at least \(limit)x\(limit) pixels, and those of \(images.name) have "
          + "\(input.height)x\(input.width)")
    }
    guard
      let architecture = Architecture.named(
        name, input: input, classes: images.classCount, hiddenUnits: hiddenUnits, bias: bias,
        activation: activation)
    else {
      let nearest =
        NearestKey.nearest(to: name, among: Architecture.names + Architecture.residualNames).map {
          "; did you mean \($0)?"
        } ?? ""
      throw ExperimentError.usage(
        "there is no model \(name)\(nearest) (models: \(Architecture.nameList))")
    }
    return architecture
  }
}
