/// Images with class labels: one split of a data set, or a selection from it.
///
/// Images are stored once, in N,C,H,W order; selections share that storage. A sample is addressed by its
/// position `0..<count` here and identified everywhere else (random numbers, verdicts) by its index in the
/// split it came from.
public struct LabeledImages: Sendable {
  enum Pixels: Sendable {
    case bytes([UInt8])
    case floats([Float])
  }

  /// The name of the split, such as `mnist train`.
  public let name: String
  /// The number of channels, C.
  public let channels: Int
  /// The number of rows of an image, H.
  public let height: Int
  /// The number of columns of an image, W.
  public let width: Int
  /// The class of the data set that each label stands for; `[3, 8]` if label 0 means 3 and label 1 means 8.
  public let classes: [Int]
  /// The label of each sample, below `classCount`.
  public let labels: [UInt8]
  /// The index of each sample in the split it came from: its identity.
  public let sourceIndices: [Int]

  let pixels: Pixels

  init(
    name: String, channels: Int, height: Int, width: Int, classes: [Int], labels: [UInt8],
    sourceIndices: [Int], pixels: Pixels
  ) {
    self.name = name
    self.channels = channels
    self.height = height
    self.width = width
    self.classes = classes
    self.labels = labels
    self.sourceIndices = sourceIndices
    self.pixels = pixels
  }

  /// Creates a split from pixels of 0...255, in N,C,H,W order.
  ///
  /// - Precondition: the pixels are as many as the labels and the shape ask for, and labels are below
  ///   `classCount`.
  public init(
    name: String, channels: Int, height: Int, width: Int, classCount: Int, pixels: [UInt8], labels: [UInt8]
  ) {
    precondition(
      pixels.count == labels.count * channels * height * width, "\(name): pixels do not fill the images")
    precondition(labels.allSatisfy { $0 < classCount }, "\(name): a label is out of range")
    self.init(
      name: name, channels: channels, height: height, width: width, classes: Array(0..<classCount),
      labels: labels, sourceIndices: Array(labels.indices), pixels: .bytes(pixels))
  }

  /// Creates a split from pixels in [0, 1], in N,C,H,W order.
  ///
  /// - Precondition: the values are as many as the labels and the shape ask for, and labels are below
  ///   `classCount`.
  public init(
    name: String, channels: Int, height: Int, width: Int, classCount: Int, values: [Float], labels: [UInt8]
  ) {
    precondition(
      values.count == labels.count * channels * height * width, "\(name): values do not fill the images")
    precondition(labels.allSatisfy { $0 < classCount }, "\(name): a label is out of range")
    self.init(
      name: name, channels: channels, height: height, width: width, classes: Array(0..<classCount),
      labels: labels, sourceIndices: Array(labels.indices), pixels: .floats(values))
  }

  /// The number of samples, N.
  public var count: Int { labels.count }
  /// The number of classes.
  public var classCount: Int { classes.count }
  /// The number of values of one image, C x H x W.
  public var imageSize: Int { channels * height * width }
  /// The extents of one image, `[C, H, W]`.
  public var imageShape: [Int] { [channels, height, width] }
  /// Whether there are two classes, so that margin losses can read label 0 as -1 and label 1 as +1.
  public var isBinary: Bool { classCount == 2 }

  /// Writes the image at `position` as C x H x W values in [0, 1]; a stored byte p becomes `Float(p) / 255`.
  public func copyImage(_ position: Int, into destination: UnsafeMutablePointer<Float>) {
    let size = imageSize
    let start = sourceIndices[position] * size
    switch pixels {
    case .bytes(let bytes):
      bytes.withUnsafeBufferPointer { source in
        guard let image = source.baseAddress?.advanced(by: start) else { return }
        for offset in 0..<size {
          destination[offset] = Float(image[offset]) / 255
        }
      }
    case .floats(let values):
      values.withUnsafeBufferPointer { source in
        guard let image = source.baseAddress?.advanced(by: start) else { return }
        destination.update(from: image, count: size)
      }
    }
  }

  /// The image at `position` as C x H x W values in [0, 1].
  public func image(at position: Int) -> [Float] {
    var image = [Float](repeating: 0, count: imageSize)
    image.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      copyImage(position, into: base)
    }
    return image
  }
}
