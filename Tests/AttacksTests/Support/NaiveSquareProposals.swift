import Attacks

/// All images that the Square attack may try next for l2 and l1, in plain Double arrays as the paper and AutoAttack say.
struct NaiveSquareProposals {
  let threat: ThreatModel
  let clean: [Float]
  let best: [Float]
  let channels: Int
  let height: Int
  let width: Int
  let side: Int

  private typealias Corner = (top: Int, left: Int)

  /// Whether an image is one of them, but for roundings.
  func contains(_ image: [Float]) -> Bool {
    var pattern = SquarePattern(threat.norm, largestSide: side)
    pattern.resize(to: side)
    // The last place is never drawn, unless there is no other.
    let corners = (0..<max(height - side, 1)).flatMap { top in
      (0..<max(width - side, 1)).map { left in Corner(top, left) }
    }
    for own in corners {
      for other in corners {
        for transposed in [false, true] {
          for signs in 0..<1 << channels {
            let found = proposal(pattern, own, other, signs: signs, transposed: transposed)
            if zip(found, image).allSatisfy({ abs($0 - $1) < 1e-5 }) { return true }
          }
        }
      }
    }
    return false
  }

  private func length(_ values: [Double]) -> Double {
    threat.norm == .l1
      ? values.reduce(0) { $0 + abs($1) } : values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private func square(_ corner: Corner, of channel: Int) -> [Int] {
    (0..<side * side).map {
      (channel * height + corner.top + $0 / side) * width + corner.left + $0 % side
    }
  }

  private func proposal(
    _ pattern: SquarePattern, _ own: Corner, _ other: Corner, signs: Int, transposed: Bool
  ) -> [Float] {
    var change = zip(best, clean).map { Double($0 - $1) }
    let epsilon = Double(threat.epsilon)
    let left =
      threat.norm == .l1
      ? max(epsilon - length(change), 0) : max(epsilon * epsilon - length(change) * length(change), 0)
    for channel in 0..<channels {
      let (first, second) = (square(own, of: channel), square(other, of: channel))
      let both = length(Set(first).union(second).map { change[$0] })
      let old = length(first.map { change[$0] })
      let sign = signs >> channel & 1 == 0 ? 1.0 : -1
      let new = first.enumerated().map { i, place in
        sign * pattern.value(i / side, i % side, transposed: transposed) + change[place] / (1e-12 + old)
      }
      let target =
        threat.norm == .l1
        ? (left / Double(channels) + both) * Double(channels)
        : (left / Double(channels) + both * both).squareRoot()
      let sum = length(new)
      for place in second { change[place] = 0 }
      for (place, value) in zip(first, new) { change[place] = value / (1e-12 + sum) * target }
    }
    return limited(change)
  }

  /// The clean image with a change, in l2 stretched to the sphere, in l1 projected on the ball; then in the box.
  private func limited(_ change: [Double]) -> [Float] {
    if threat.norm == .l1 {
      var image = zip(clean, change).map { Float(Double($0) + $1) }
      BoxedL1Projection(radius: Double(threat.epsilon) * (1 - 1e-6), box: threat.box)
        .project(&image, around: clean, clean.count)
      return image
    }
    let factor = Double(threat.epsilon) / (length(change) + 1e-12)
    return zip(clean, change).map {
      let value = Double($0) + $1 * factor
      return Float(threat.box ? min(max(value, 0), 1) : value)
    }
  }
}
