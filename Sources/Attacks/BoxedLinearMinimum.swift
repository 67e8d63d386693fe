/// The minimum of a linear function over an l2 or l1 ball intersected with the box [0, 1].
///
/// For l2 the Lagrangian separates: for a multiplier m > 0 of the length constraint the best change of pixel j is
/// -w_j / m, cut to [-x_j, 1 - x_j]. Its length falls as m grows, so bisection finds the m at which the ball is
/// just left. For l1 the budget goes to the largest weights first, each as far as the box lets it.
package struct BoxedLinearMinimum {
  /// Where the minimum is, and the multiplier that proves it.
  package struct Solution {
    /// The change of every pixel.
    package let perturbation: [Double]
    /// The multiplier of the length constraint: any value of it gives a lower bound, this one the best.
    package let multiplier: Double
  }

  private let norm: Norm
  private let radius: Double

  /// Creates the problem for a ball.
  package init(_ norm: Norm, radius: Double) {
    precondition(norm != .linf, "linf is separable and needs no multiplier")
    self.norm = norm
    self.radius = radius
  }

  /// The change within ball and box that lowers the inner product with `weights` the most.
  package func solve(_ weights: [Double], clean: UnsafePointer<Float>) -> Solution {
    norm == .l2 ? euclidean(weights, clean) : greedy(weights, clean)
  }

  private func euclidean(_ weights: [Double], _ clean: UnsafePointer<Float>) -> Solution {
    func change(_ inverse: Double) -> [Double] {
      weights.indices.map { j in
        min(max(-weights[j] * inverse, -Double(clean[j])), 1 - Double(clean[j]))
      }
    }
    func length(_ delta: [Double]) -> Double { delta.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    guard let smallest = weights.lazy.map(abs).filter({ $0 > 0 }).min(), radius > 0 else {
      return Solution(perturbation: weights.map { _ in 0 }, multiplier: .infinity)
    }
    // Everything that counts is driven to the box when the inverse multiplier is this large.
    var high = 1 / smallest
    let corner = change(high)
    if length(corner) <= radius { return Solution(perturbation: corner, multiplier: 0) }
    var low = 0.0
    // Until the interval is two neighbouring numbers: the lower end is inside the ball.
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high {
        return Solution(perturbation: change(low), multiplier: 1 / low)
      }
      if length(change(middle)) <= radius { low = middle } else { high = middle }
    }
  }

  private func greedy(_ weights: [Double], _ clean: UnsafePointer<Float>) -> Solution {
    var budget = radius
    var delta = weights.map { _ in 0.0 }
    for j in weights.indices.sorted(by: { abs(weights[$0]) > abs(weights[$1]) }) where weights[j] != 0 {
      let room = weights[j] > 0 ? Double(clean[j]) : 1 - Double(clean[j])
      let amount = min(room, budget)
      delta[j] = weights[j] > 0 ? -amount : amount
      budget -= amount
      // Another bit of length would go to this pixel.
      if budget <= 0 { return Solution(perturbation: delta, multiplier: abs(weights[j])) }
    }
    return Solution(perturbation: delta, multiplier: 0)
  }
}
