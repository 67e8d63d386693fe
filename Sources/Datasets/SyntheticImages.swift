import Tensors

/// A generated data set: a blocky random prototype per class, plus uniform noise, clipped to [0, 1].
///
/// A sample is a function of the seed, its split and its index alone, so a smaller set is the beginning of a
/// larger one. Labels go round, so every prefix is as balanced as it can be. Only sums, products and
/// comparisons of float32 are used: the bits are the same everywhere.
public struct SyntheticImages: Sendable, Equatable, Codable {
  /// The number of training samples.
  public var trainCount = 2_048
  /// The number of test samples.
  public var testCount = 512
  /// The number of channels.
  public var channels = 1
  /// The number of rows of an image.
  public var height = 28
  /// The number of columns of an image.
  public var width = 28
  /// The number of classes, 2...256.
  public var classCount = 10
  /// The largest distance of a noisy pixel from its prototype.
  public var noise: Float = 0.25
  /// The seed of prototypes and noise; not the run's.
  public var seed: UInt64 = 0

  /// The default set: 2,048 + 512 images of 1 x 28 x 28 in ten classes.
  public init() {}

  /// Generates both splits.
  ///
  /// - Throws: `DatasetError` of kind `usage` if a size is out of range.
  public func makeDataset() throws(DatasetError) -> Dataset {
    try checkSizes()
    let prototypes = (0..<classCount).map(prototype)
    let source =
      "generated: seed \(seed), \(classCount) prototypes of \(channels)x\(height)x\(width), noise \(noise)"
    return Dataset(
      name: DatasetName.synthetic.rawValue, train: split("train", layer: 1, trainCount, prototypes),
      test: split("test", layer: 2, testCount, prototypes), source: source, files: [])
  }

  private func checkSizes() throws(DatasetError) {
    for (key, value, range) in [
      ("train", trainCount, 1...10_000_000), ("test", testCount, 1...10_000_000),
      ("channels", channels, 1...64), ("height", height, 1...1_024), ("width", width, 1...1_024),
      ("classes", classCount, 2...256),
    ] where !range.contains(value) {
      throw DatasetError(
        .usage,
        "synthetic data: \(key) is \(value) and has to be \(range.lowerBound)...\(range.upperBound)")
    }
    guard noise >= 0, noise <= 1 else {
      throw DatasetError(.usage, "synthetic data: noise is \(noise) and has to be 0...1")
    }
    let values = max(trainCount, testCount) * channels * height * width
    guard values <= 1 << 30 else {
      throw DatasetError(
        .usage, "synthetic data: a split of \(values) values is more than the limit of \(1 << 30)")
    }
  }

  /// The noiseless image of a class: blocks of about a seventh of the side, each of one value in [0.1, 0.9).
  private func prototype(_ classIndex: Int) -> [Float] {
    var random = RandomStream(
      RandomIdentity(seed: seed, purpose: .synthetic, sample: UInt32(classIndex), layer: 0))
    let blockHeight = max(1, height / 7)
    let blockWidth = max(1, width / 7)
    let rows = (height + blockHeight - 1) / blockHeight
    let columns = (width + blockWidth - 1) / blockWidth
    let blocks = (0..<channels * rows * columns).map { _ in 0.1 + 0.8 * random.uniform() }
    var image: [Float] = []
    for channel in 0..<channels {
      for y in 0..<height {
        for x in 0..<width {
          image.append(blocks[(channel * rows + y / blockHeight) * columns + x / blockWidth])
        }
      }
    }
    return image
  }

  private func split(_ split: String, layer: UInt32, _ count: Int, _ prototypes: [[Float]]) -> LabeledImages {
    var values: [Float] = []
    values.reserveCapacity(count * channels * height * width)
    for index in 0..<count {
      var random = RandomStream(
        RandomIdentity(seed: seed, purpose: .synthetic, sample: UInt32(index), layer: layer))
      for value in prototypes[index % classCount] {
        values.append(min(max(value + noise * random.symmetric(), 0), 1))
      }
    }
    return LabeledImages(
      name: "synthetic \(split)", channels: channels, height: height, width: width, classCount: classCount,
      values: values, labels: (0..<count).map { UInt8($0 % classCount) })
  }
}
