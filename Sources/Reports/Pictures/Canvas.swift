/// A colour picture that is drawn on.
struct Canvas {
  /// Red, green and blue, 0 to 255.
  typealias Color = (red: UInt8, green: UInt8, blue: UInt8)

  private(set) var picture: PNGImage

  /// Creates a white picture.
  init(width: Int, height: Int) {
    picture = PNGImage(
      width: width, height: height, color: .rgb, pixels: [UInt8](repeating: 255, count: width * height * 3))
  }

  /// Fills a square; what lies outside is left out.
  mutating func fill(left: Int, top: Int, side: Int, _ color: Color) {
    for y in max(top, 0)..<max(min(top + side, picture.height), max(top, 0)) {
      for x in max(left, 0)..<max(min(left + side, picture.width), max(left, 0)) {
        let place = 3 * (y * picture.width + x)
        picture.pixels[place] = color.red
        picture.pixels[place + 1] = color.green
        picture.pixels[place + 2] = color.blue
      }
    }
  }

  /// Draws an image of small squares.
  mutating func draw(left: Int, top: Int, width: Int, height: Int, side: Int, color: (Int) -> Color) {
    for pixel in 0..<width * height {
      fill(
        left: left + pixel % width * side, top: top + pixel / width * side, side: side, color(pixel))
    }
  }

  /// Writes digits, `-`, `>`, `?` and blanks; other characters are left blank.
  mutating func write(_ text: String, left: Int, top: Int, side: Int, _ color: Color = (40, 40, 40)) {
    for (number, character) in text.enumerated() {
      for (row, bits) in (Self.glyphs[character] ?? []).enumerated() {
        for column in 0..<3 where bits >> (2 - column) & 1 == 1 {
          fill(
            left: left + (4 * number + column) * side, top: top + row * side, side: side, color)
        }
      }
    }
  }

  /// The width of a text, in squares.
  static func width(of text: String) -> Int { max(4 * text.count - 1, 0) }
  /// The height of a line, in squares.
  static let lineHeight = 5

  /// Five rows of three pixels, the highest bit on the left.
  private static let glyphs: [Character: [UInt8]] = [
    "0": [0b111, 0b101, 0b101, 0b101, 0b111], "1": [0b010, 0b110, 0b010, 0b010, 0b111],
    "2": [0b111, 0b001, 0b111, 0b100, 0b111], "3": [0b111, 0b001, 0b111, 0b001, 0b111],
    "4": [0b101, 0b101, 0b111, 0b001, 0b001], "5": [0b111, 0b100, 0b111, 0b001, 0b111],
    "6": [0b111, 0b100, 0b111, 0b101, 0b111], "7": [0b111, 0b001, 0b010, 0b010, 0b010],
    "8": [0b111, 0b101, 0b111, 0b101, 0b111], "9": [0b111, 0b101, 0b111, 0b001, 0b111],
    "-": [0b000, 0b000, 0b111, 0b000, 0b000], ">": [0b100, 0b010, 0b001, 0b010, 0b100],
    "?": [0b111, 0b001, 0b010, 0b000, 0b010],
  ]
}
