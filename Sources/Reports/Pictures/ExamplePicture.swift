/// Pictures of adversarial examples: image, perturbation and adversarial example side by side.
///
/// Perturbations are stretched so that the largest change within an example has the full colour. Of gray images what was
/// made brighter is red and what was made darker is blue; of colour images every channel is drawn around gray.
public struct ExamplePicture: Sendable {
  /// The channels of every image: 1 (gray) or 3 (red, green, blue).
  public let channels: Int
  /// The height of every image.
  public let height: Int
  /// The width of every image.
  public let width: Int
  /// The side of the square that a pixel becomes.
  private let side: Int
  private let gap = 3
  private let letter = 2

  /// Prepares to draw images of a size.
  ///
  /// - Returns: Nil for images that are neither gray nor of three colours.
  public init?(channels: Int, height: Int, width: Int, magnification: Int = 2) {
    guard channels == 1 || channels == 3, height > 0, width > 0, magnification > 0 else { return nil }
    self.channels = channels
    self.height = height
    self.width = width
    side = magnification
  }

  private var stripWidth: Int { 3 * width * side + 2 * gap }
  private var stripHeight: Int { height * side }

  /// One example, without a caption.
  public func strip(_ example: AdversarialExample) -> PNGImage {
    var canvas = Canvas(width: stripWidth, height: stripHeight)
    draw(example, on: &canvas, left: 0, top: 0)
    return canvas.picture
  }

  /// Examples in rows, each with its true class and the predicted one below, as in `7 -> 3`.
  ///
  /// - Precondition: there is at least one.
  public func grid(_ examples: [AdversarialExample], columns: Int = 4) -> PNGImage {
    precondition(!examples.isEmpty && columns > 0, "a grid without examples")
    let columns = min(columns, examples.count)
    let rows = (examples.count + columns - 1) / columns
    let captionHeight = Canvas.lineHeight * letter + 3 * gap
    let (cellWidth, cellHeight) = (stripWidth + 4 * gap, stripHeight + captionHeight + gap)
    var canvas = Canvas(width: columns * cellWidth, height: rows * cellHeight + gap)
    for (number, example) in examples.enumerated() {
      let left = number % columns * cellWidth + 2 * gap
      let top = number / columns * cellHeight + gap
      draw(example, on: &canvas, left: left, top: top)
      let caption = Canvas.width(of: example.caption) * letter
      canvas.write(
        example.caption, left: left + (stripWidth - caption) / 2, top: top + stripHeight + gap, side: letter)
    }
    return canvas.picture
  }

  private func draw(_ example: AdversarialExample, on canvas: inout Canvas, left: Int, top: Int) {
    precondition(example.clean.count == channels * height * width, "an example of another size")
    let step = width * side + gap
    let largest = max(example.largestChange, .leastNormalMagnitude)
    canvas.draw(left: left, top: top, width: width, height: height, side: side) {
      color(of: example.clean, at: $0)
    }
    canvas.draw(left: left + step, top: top, width: width, height: height, side: side) { pixel in
      let changes = (0..<channels).map { channel in
        let place = channel * height * width + pixel
        return (example.adversarial[place] - example.clean[place]) / largest
      }
      return channels == 1 ? Self.signed(changes[0]) : color(of: changes.map { 0.5 + 0.5 * $0 })
    }
    canvas.draw(left: left + 2 * step, top: top, width: width, height: height, side: side) {
      color(of: example.adversarial, at: $0)
    }
  }

  private func color(of image: [Float], at pixel: Int) -> Canvas.Color {
    color(of: (0..<channels).map { image[$0 * height * width + pixel] })
  }

  private func color(of values: [Float]) -> Canvas.Color {
    let bytes = values.map(Self.byte)
    return channels == 1 ? (bytes[0], bytes[0], bytes[0]) : (bytes[0], bytes[1], bytes[2])
  }

  /// White for no change, red for the largest upwards, blue for the largest downwards.
  private static func signed(_ change: Float) -> Canvas.Color {
    let full: (Float, Float, Float) = change > 0 ? (0.78, 0.16, 0.12) : (0.10, 0.35, 0.72)
    let strength = min(abs(change), 1)
    return (
      byte(1 + strength * (full.0 - 1)), byte(1 + strength * (full.1 - 1)), byte(1 + strength * (full.2 - 1))
    )
  }

  /// The nearest of 256 levels; NaN is black.
  private static func byte(_ value: Float) -> UInt8 {
    value > 0 ? UInt8((min(value, 1) * 255).rounded()) : 0
  }
}
