/// A split in numbers.
public struct SplitDescription: Sendable, Equatable, Codable {
  /// The number of samples.
  public let count: Int
  /// The extents of an image, `[C, H, W]`.
  public let shape: [Int]
  /// The classes.
  public let classes: [Int]
  /// The number of samples of each class.
  public let classCounts: [Int]
  /// The mean of the pixels of each channel, in [0, 1].
  public let mean: [Double]
  /// The standard deviation of the pixels of each channel (over all pixels, not N - 1).
  public let standardDeviation: [Double]
  /// The smallest pixel.
  public let minimum: Float
  /// The largest pixel.
  public let maximum: Float
  /// The SHA-256 of the content, as `LabeledImages.sha256`.
  public let sha256: String

  /// Counts and measures a split.
  public init(_ images: LabeledImages) {
    count = images.count
    shape = images.imageShape
    classes = images.classes
    var counts = [Int](repeating: 0, count: images.classCount)
    for label in images.labels { counts[Int(label)] += 1 }
    classCounts = counts

    let area = images.height * images.width
    var sums = [Double](repeating: 0, count: images.channels)
    var squares = sums
    var smallest = Float.infinity
    var largest = -Float.infinity
    for position in 0..<images.count {
      let image = images.image(at: position)
      for channel in 0..<images.channels {
        var sum = 0.0
        var square = 0.0
        for offset in channel * area..<(channel + 1) * area {
          let value = image[offset]
          sum += Double(value)
          square += Double(value) * Double(value)
          smallest = min(smallest, value)
          largest = max(largest, value)
        }
        sums[channel] += sum
        squares[channel] += square
      }
    }
    let pixels = Double(max(images.count * area, 1))
    let means = sums.map { $0 / pixels }
    mean = means
    standardDeviation = zip(squares, means).map { max($0 / pixels - $1 * $1, 0).squareRoot() }
    minimum = images.count > 0 ? smallest : 0
    maximum = images.count > 0 ? largest : 0
    sha256 = images.sha256
  }
}
