/// Small images in rows and columns, for looking at adversarial examples.
public struct ImageGrid: Sendable {
  /// The channels of every image: 1 (gray) or 3 (red, green, blue).
  public let channels: Int
  /// The height of every image.
  public let height: Int
  /// The width of every image.
  public let width: Int
  private let gap: Int
  private let magnification: Int
  private var rows: [[[Float]]] = []

  /// Creates a grid without rows.
  ///
  /// - Parameters:
  ///   - channels: 1 or 3.
  ///   - height: The height of every image.
  ///   - width: The width of every image.
  ///   - gap: White pixels between images and around them.
  ///   - magnification: The side of the square that a pixel becomes.
  /// - Precondition: `channels` is 1 or 3, the sides and the magnification are positive.
  public init(channels: Int, height: Int, width: Int, gap: Int = 2, magnification: Int = 2) {
    precondition(channels == 1 || channels == 3, "images have 1 or 3 channels, not \(channels)")
    precondition(height > 0 && width > 0 && gap >= 0 && magnification > 0, "an image grid without extent")
    self.channels = channels
    self.height = height
    self.width = width
    self.gap = gap
    self.magnification = magnification
  }

  /// Adds a row of images, each `[channels, height, width]` with values in [0, 1]; others are clamped.
  ///
  /// - Precondition: every image has `channels * height * width` values.
  public mutating func append(_ row: [[Float]]) {
    for image in row {
      precondition(
        image.count == channels * height * width,
        "\(image.count) values do not fill an image of \(channels) x \(height) x \(width)")
    }
    rows.append(row)
  }

  /// The picture: rows from top to bottom, images from left to right, short rows end in white.
  ///
  /// - Precondition: there is at least one image.
  public func rendered() -> PNGImage {
    let columns = rows.map(\.count).max() ?? 0
    precondition(columns > 0, "an image grid without images")
    let totalWidth = gap + columns * (width * magnification + gap)
    let totalHeight = gap + rows.count * (height * magnification + gap)
    var picture = PNGImage(
      width: totalWidth, height: totalHeight, color: channels == 1 ? .gray : .rgb,
      pixels: [UInt8](repeating: 255, count: totalWidth * totalHeight * channels))
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() {
        let top = gap + row * (height * magnification + gap)
        let left = gap + column * (width * magnification + gap)
        draw(image, into: &picture, top: top, left: left)
      }
    }
    return picture
  }

  private func draw(_ image: [Float], into picture: inout PNGImage, top: Int, left: Int) {
    for y in 0..<height * magnification {
      for x in 0..<width * magnification {
        let target = ((top + y) * picture.width + left + x) * channels
        let source = (y / magnification) * width + x / magnification
        for channel in 0..<channels {
          picture.pixels[target + channel] = Self.byte(image[channel * height * width + source])
        }
      }
    }
  }

  /// The nearest of 256 levels; NaN is black.
  private static func byte(_ value: Float) -> UInt8 {
    value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
  }
}
