import Attacks

/// The least perturbation that carries a linear score to zero, from the definition: the smallest radius of a ball,
/// within the box, over which the score has a value of the other sign.
struct LinearDistance {
  let norm: Norm
  let box: Bool

  /// The distance from `clean` to where weights .
  ///
  /// x is smaller by `excess` (larger where that is negative); nil where the box does not let it that far.
  func callAsFunction(_ weights: [Double], excess: Double, clean: [Float]) -> Double? {
    let downhill = weights.map { excess >= 0 ? $0 : -$0 }
    if !box {
      let slope = LinearInnerMaximum(norm).dualNorm(weights)
      return slope > 0 ? abs(excess) / slope : nil
    }
    var high = Double(clean.count)
    if fall(downhill, clean, radius: high) < abs(excess) { return nil }
    var low = 0.0
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if fall(downhill, clean, radius: middle) < abs(excess) { low = middle } else { high = middle }
    }
    return high
  }

  /// How far weights .
  ///
  /// x can fall within a ball.
  private func fall(_ weights: [Double], _ clean: [Float], radius: Double) -> Double {
    if norm == .linf {
      return zip(weights, clean).reduce(0) { sum, pixel in
        let room = pixel.0 > 0 ? Double(pixel.1) : 1 - Double(pixel.1)
        return sum + abs(pixel.0) * min(radius, room)
      }
    }
    let change = BoxedLinearMinimum(norm, radius: radius).solve(weights, clean: clean).perturbation
    return -zip(weights, change).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The distance of a sample to the nearest point that a linear classifier takes for another class.
  func toOtherClass(_ sample: Sample, weights: [[Float]], biases: [Float]) -> Double? {
    weights.indices.filter { $0 != sample.label }.compactMap { other in
      let normal = zip(weights[sample.label], weights[other]).map { Double($0) - Double($1) }
      let margin =
        score(sample.image, weights[sample.label], biases[sample.label])
        - score(sample.image, weights[other], biases[other])
      return margin <= 0 ? 0 : self(normal, excess: margin, clean: sample.image)
    }.min()
  }
}
