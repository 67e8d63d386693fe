/// The Euclidean projection on an l1 ball intersected with the box [0, 1].
///
/// With v the change from the centre, the nearest point moves pixel j by sign(v_j) min(max(|v_j| - m, 0), r_j), where
/// r_j is the pixel's room within the box in that direction and m >= 0 the multiplier of the length constraint. The
/// length is a falling, piecewise linear function of m: Newton's method lands on the root as soon as it is on the
/// root's piece, and bisection brings it there. (Croce and Hein, "Mind the box: l1-APGD for sparse adversarial attacks
/// on image classifiers", 2021, sort the breakpoints for the same answer.)
package struct BoxedL1Projection {
  private let radius: Double
  private let box: Bool

  /// Creates the projection on balls of a radius.
  package init(radius: Double, box: Bool) {
    self.radius = radius
    self.box = box
  }

  /// Moves `image` to the nearest point of the ball around `clean`.
  ///
  /// The result's distance does not exceed the radius by float32's rounding: values are rounded towards the centre.
  package func project(
    _ image: UnsafeMutablePointer<Float>, around clean: UnsafePointer<Float>, _ count: Int
  ) {
    let unshrunk = length(image, clean, count, multiplier: 0)
    if unshrunk.sum <= radius {
      guard box else { return }
      for j in 0..<count { image[j] = min(max(image[j], 0), 1) }
      return
    }
    let multiplier = findMultiplier(image, clean, count, unshrunk)
    for j in 0..<count {
      let change = Double(image[j]) - Double(clean[j])
      let size = shrunk(change, clean[j], multiplier)
      if size <= 0 {
        image[j] = clean[j]
        continue
      }
      let value = Float(Double(clean[j]) + (change < 0 ? -size : size))
      let isTooFar = abs(Double(value) - Double(clean[j])) > size
      image[j] = isTooFar ? (change < 0 ? value.nextUp : value.nextDown) : value
    }
  }

  private typealias Length = (sum: Double, slope: Int)

  /// How far a pixel moves for a multiplier.
  private func shrunk(_ change: Double, _ clean: Float, _ multiplier: Double) -> Double {
    let size = max(abs(change) - multiplier, 0)
    return box ? min(size, change < 0 ? Double(clean) : 1 - Double(clean)) : size
  }

  /// The length for a multiplier, and at which rate it falls there.
  private func length(
    _ image: UnsafePointer<Float>, _ clean: UnsafePointer<Float>, _ count: Int, multiplier: Double
  ) -> Length {
    var sum = 0.0
    var slope = 0
    for j in 0..<count {
      let change = Double(image[j]) - Double(clean[j])
      let free = abs(change) - multiplier
      let size = shrunk(change, clean[j], multiplier)
      sum += size
      slope += free > 0 && size == free ? 1 : 0
    }
    return (sum, slope)
  }

  private func findMultiplier(
    _ image: UnsafePointer<Float>, _ clean: UnsafePointer<Float>, _ count: Int, _ unshrunk: Length
  ) -> Double {
    // The length is above the radius at `low`, and not above it at `high`.
    var low = 0.0
    var high = 0.0
    for j in 0..<count { high = max(high, abs(Double(image[j]) - Double(clean[j]))) }
    var (place, current) = (0.0, unshrunk)
    for round in 1...200 {
      let newton = current.slope > 0 ? place + (current.sum - radius) / Double(current.slope) : .infinity
      let isInside = newton > low && newton < high
      // Every third time bisection, because Newton may creep where the length bends the wrong way.
      place = isInside && round % 3 > 0 ? newton : low + (high - low) / 2
      if place <= low || place >= high { break }
      current = length(image, clean, count, multiplier: place)
      if current.sum > radius { low = place } else { high = place }
      if abs(current.sum - radius) <= 1e-13 * radius { return place }
    }
    return high
  }
}
