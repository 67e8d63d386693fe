/// The pattern that the Square attack puts into a square for l2 and l1: two bumps side by side, one up, one down, each
/// highest in its middle, of length 1 together.
package struct SquarePattern {
  private let norm: Norm
  /// The side of the square.
  package private(set) var side = 0
  /// The values, line by line; room for the largest square.
  private var values: [Double]

  /// Creates a pattern of side 0, with room for larger ones.
  package init(_ norm: Norm, largestSide: Int) {
    self.norm = norm
    values = Array(repeating: 0, count: largestSide * largestSide)
  }

  /// Writes the pattern for another side.
  package mutating func resize(to side: Int) {
    if side == self.side { return }
    self.side = side
    for i in 0..<side * side { values[i] = 0 }
    fill(0..<side / 2, sign: 1)
    fill(side / 2..<side, sign: -1)
    scale(0..<side, by: 1)
  }

  /// The value in a line and column of the pattern, or of its transpose.
  package func value(_ line: Int, _ column: Int, transposed: Bool) -> Double {
    values[transposed ? column * side + line : line * side + column]
  }

  /// A sum of nested rectangles around the middle, each weighing less the larger it is.
  private mutating func fill(_ lines: Range<Int>, sign: Double) {
    if lines.isEmpty { return }
    for ring in 0..<max(lines.count, side) / 2 + 1 {
      let size = Double(ring + 1)
      let weight = norm == .l1 ? 1 / (size * size * size * size) : 1 / (size * size)
      let top = lines.count / 2 - ring
      let left = side / 2 - ring
      for line in max(top, 0)..<min(top + 2 * ring + 1, lines.count) {
        for column in max(left, 0)..<min(left + 2 * ring + 1, side) {
          values[(lines.lowerBound + line) * side + column] += weight
        }
      }
    }
    scale(lines, by: sign)
  }

  /// Brings lines to length 1, times a sign.
  private mutating func scale(_ lines: Range<Int>, by sign: Double) {
    let places = lines.lowerBound * side..<lines.upperBound * side
    var length = 0.0
    for i in places { length += norm == .l1 ? abs(values[i]) : values[i] * values[i] }
    if norm != .l1 { length = length.squareRoot() }
    for i in places { values[i] *= sign / length }
  }
}
