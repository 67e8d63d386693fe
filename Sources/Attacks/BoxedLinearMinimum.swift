/// The minimum of a linear function over an l2 or l1 ball intersected with the box [0, 1].
///
/// For l2 the Lagrangian separates: for a multiplier m > 0 of the length constraint the best change of pixel j is
/// -w_j / m, cut to [-x_j, 1 - x_j]. Its length falls as m grows, so bisection finds the m at which the ball is
/// just left. For l1 the budget goes to the largest weights first, each as far as the box lets it.
struct BoxedLinearMinimum {
  private let threat: ThreatModel

  init(_ threat: ThreatModel) {
    precondition(threat.norm != .linf, "linf is separable and needs no multiplier")
    self.threat = threat
  }

  func perturbation(_ weights: [Double], clean: UnsafePointer<Float>) -> [Double] {
    threat.norm == .l2 ? euclidean(weights, clean) : greedy(weights, clean)
  }

  private func euclidean(_ weights: [Double], _ clean: UnsafePointer<Float>) -> [Double] {
    let radius = Double(threat.epsilon)
    func change(_ inverse: Double) -> [Double] {
      weights.indices.map { j in
        min(max(-weights[j] * inverse, -Double(clean[j])), 1 - Double(clean[j]))
      }
    }
    func length(_ delta: [Double]) -> Double { delta.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    // Everything that counts is driven to the box when the inverse multiplier is this large.
    guard let smallest = weights.lazy.map(abs).filter({ $0 > 0 }).min() else {
      return weights.map { _ in 0 }
    }
    var high = 1 / smallest
    let corner = change(high)
    if length(corner) <= radius { return corner }
    var low = 0.0
    // Until the interval is two neighbouring numbers: the lower end is inside the ball.
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { return change(low) }
      if length(change(middle)) <= radius { low = middle } else { high = middle }
    }
  }

  private func greedy(_ weights: [Double], _ clean: UnsafePointer<Float>) -> [Double] {
    var budget = Double(threat.epsilon)
    var delta = weights.map { _ in 0.0 }
    for j in weights.indices.sorted(by: { abs(weights[$0]) > abs(weights[$1]) }) where weights[j] != 0 {
      let room = weights[j] > 0 ? Double(clean[j]) : 1 - Double(clean[j])
      let amount = min(room, budget)
      delta[j] = weights[j] > 0 ? -amount : amount
      budget -= amount
      if budget <= 0 { break }
    }
    return delta
  }
}
