import Attacks
import Tensors

/// Bounds on the worst margins of one sample under a linear model; the equations are those of
/// ``ExactLinearCertificate``.
struct LinearMarginBounds {
  /// A worst margin between two bounds, and what rounding can add to either.
  struct Margin {
    let lower: Double
    let upper: Double
    let rounding: Double
  }

  private let model: LinearModel
  private let threat: ThreatModel
  private let image: UnsafePointer<Float>
  private let dual: LinearInnerMaximum
  /// The ends of the linf set.
  private let ends: (lower: AlignedBuffer<Float>, upper: AlignedBuffer<Float>)?

  init(_ model: LinearModel, _ threat: ThreatModel, _ image: UnsafePointer<Float>) {
    self.model = model
    self.threat = threat
    self.image = image
    dual = LinearInnerMaximum(threat.norm)
    guard threat.norm == .linf else {
      ends = nil
      return
    }
    let (lower, upper) = (
      AlignedBuffer<Float>(count: model.imageElements), AlignedBuffer<Float>(count: model.imageElements)
    )
    threat.linfSet(of: image, lower: lower.pointer, upper: upper.pointer, count: model.imageElements)
    ends = (lower, upper)
  }

  /// Bounds on the least margin of class `label` over class `other`.
  func worstMargin(of label: Int, over other: Int) -> Margin {
    let weights = zip(model.weights[label], model.weights[other]).map { $0 - $1 }
    let constant = model.biases[label] - model.biases[other]
    let rounding = rounding(label, other)
    if let ends {
      var sum = constant
      for (j, weight) in weights.enumerated() {
        sum += weight * Double(weight > 0 ? ends.lower.pointer[j] : ends.upper.pointer[j])
      }
      return Margin(lower: sum, upper: sum, rounding: rounding)
    }
    var clean = constant
    for (j, weight) in weights.enumerated() { clean += weight * Double(image[j]) }
    if !threat.box {
      let slope = dual.dualNorm(weights)
      return Margin(
        lower: clean - threat.largestDistance * slope, upper: clean - Double(threat.epsilon) * slope,
        rounding: rounding)
    }
    let reached = BoxedLinearMinimum(threat.norm, radius: Double(threat.epsilon)).solve(weights, clean: image)
    return Margin(
      lower: clean + lowerBound(weights, radius: threat.largestDistance),
      upper: clean + zip(weights, reached.perturbation).reduce(0) { $0 + $1.0 * $1.1 }, rounding: rounding)
  }

  /// The value of the dual problem at the best multiplier for this radius.
  private func lowerBound(_ weights: [Double], radius: Double) -> Double {
    let solution = BoxedLinearMinimum(threat.norm, radius: radius).solve(weights, clean: image)
    let multiplier = solution.multiplier
    // No direction matters, or none is allowed.
    if multiplier == .infinity { return 0 }
    var sum = threat.norm == .l2 ? -multiplier * radius * radius / 2 : -multiplier * radius
    for (j, weight) in weights.enumerated() {
      let (low, high) = (-Double(image[j]), 1 - Double(image[j]))
      if threat.norm == .l1 {
        // Piecewise linear in d: the minimum is at one end or at 0.
        sum += min(0, weight * low - multiplier * low, weight * high + multiplier * high)
      } else {
        let change =
          multiplier > 0
          ? min(max(-weight / multiplier, low), high) : weight > 0 ? low : weight < 0 ? high : 0
        sum += weight * change + multiplier * change * change / 2
      }
    }
    return sum
  }

  /// What rounding in float32 can change of the difference of two scores, anywhere in the set.
  private func rounding(_ label: Int, _ other: Int) -> Double {
    let terms = Double(model.imageElements + 4)
    let relative = terms * 0x1p-24 / (1 - terms * 0x1p-24)
    // Products may also fall below float32's normal range, each by half of its smallest number.
    return relative * (magnitude(label) + magnitude(other)) + 2 * terms * 0x1p-149
  }

  /// A bound on the sum of the magnitudes of a score's terms.
  private func magnitude(_ score: Int) -> Double {
    var sum = abs(model.biases[score]) + threat.largestDistance * dual.dualNorm(model.weights[score])
    for (j, weight) in model.weights[score].enumerated() { sum += abs(weight * Double(image[j])) }
    return sum
  }
}
