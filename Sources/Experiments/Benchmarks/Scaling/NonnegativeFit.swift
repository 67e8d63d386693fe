/// Fits y = a x1 + b x2 with a, b >= 0, so that the relative errors are small in the mean square.
///
/// Times differ by orders of magnitude between points; relative errors keep the longest from deciding alone.
package struct NonnegativeFit: Equatable, Sendable {
  /// One equation.
  package struct Row: Sendable {
    /// What the first coefficient is multiplied with.
    package var first: Double
    /// What the second coefficient is multiplied with.
    package var second: Double
    /// What comes out.
    package var value: Double
    /// What an error counts relative to.
    package var scale: Double

    /// Creates an equation; errors count relative to the value if no scale is given.
    package init(_ first: Double, _ second: Double, value: Double, scale: Double? = nil) {
      self.first = first
      self.second = second
      self.value = value
      self.scale = scale ?? value
    }
  }

  /// The coefficient a.
  package let first: Double
  /// The coefficient b.
  package let second: Double

  /// Fits; where equations do not determine both coefficients, the second is 0.
  ///
  /// - Precondition: All scales are positive.
  package init(_ rows: [Row]) {
    var (aa, ab, bb, ay, by) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for row in rows {
      precondition(row.scale > 0, "an error relative to \(row.scale)")
      let (a, b, y) = (row.first / row.scale, row.second / row.scale, row.value / row.scale)
      aa += a * a
      ab += a * b
      bb += b * b
      ay += a * y
      by += b * y
    }
    // The square of the sine between both columns: 0 where they are parallel.
    let determinant = aa * bb - ab * ab
    if determinant > 1e-12 * aa * bb {
      let (a, b) = ((ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant)
      if a >= 0, b >= 0 {
        (first, second) = (a, b)
        return
      }
    }
    // The least squares lie on an edge: one coefficient is 0. What is left of the squares decides which.
    let (a, b) = (aa > 0 ? max(ay / aa, 0) : 0, bb > 0 ? max(by / bb, 0) : 0)
    let gain = (alone: a * (2 * ay - a * aa), other: b * (2 * by - b * bb))
    (first, second) = gain.alone >= gain.other ? (a, 0) : (0, b)
  }
}
