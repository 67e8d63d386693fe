import Kernels

/// The norm that bounds a perturbation.
public enum Norm: String, Sendable, CaseIterable, Codable {
  /// The largest change of a pixel.
  case linf
  /// The Euclidean length.
  case l2
  /// The sum of changes.
  case l1

  /// The exponent of the dual norm: 1/p + 1/q = 1.
  public var dualExponent: Double {
    switch self {
    case .linf: 1
    case .l2: 2
    case .l1: .infinity
    }
  }
}

/// What an adversary may do to an image: move it within a ball, and stay in [0, 1] where there is a box.
public struct ThreatModel: Equatable, Sendable {
  /// The norm of the ball.
  public var norm: Norm
  /// The radius of the ball, in units of the pixel range [0, 1].
  public var epsilon: Float
  /// Whether pixels stay in [0, 1].
  public var box: Bool

  /// Creates a threat model.
  public init(norm: Norm, epsilon: Float, box: Bool = true) {
    precondition(epsilon >= 0 && epsilon.isFinite, "a ball of radius \(epsilon)")
    self.norm = norm
    self.epsilon = epsilon
    self.box = box
  }

  /// The same threat with another radius.
  public func with(epsilon: Float) -> ThreatModel {
    ThreatModel(norm: norm, epsilon: epsilon, box: box)
  }

  /// The linf set of `image`: [max(0, fl(x - epsilon)), min(1, fl(x + epsilon))] in float32, or without the
  /// cut at 0 and 1 where there is no box.
  ///
  /// Attacks, bounds, exact answers and checks all use this one function.
  public func linfSet(
    of image: UnsafePointer<Float>, lower: UnsafeMutablePointer<Float>, upper: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    if box {
      Passes.selected.linfBox(image, epsilon: epsilon, lower: lower, upper: upper, count)
      return
    }
    for i in 0..<count {
      lower[i] = image[i] - epsilon
      upper[i] = image[i] + epsilon
    }
  }

  /// The length that no allowed perturbation exceeds: epsilon and the rounding that `allows` grants.
  public var largestDistance: Double { Double(epsilon) * (1 + 1e-6) + 1e-6 }

  /// The length of the perturbation from `image` to `other` in this threat's norm.
  public func distance(_ image: UnsafePointer<Float>, _ other: UnsafePointer<Float>, count: Int) -> Double {
    switch norm {
    case .linf:
      return Double(Passes.selected.largestDifference(image, other, count))
    case .l2:
      return Passes.selected.squaredDistance(image, other, count).squareRoot()
    case .l1:
      var sum = 0.0
      for i in 0..<count { sum += abs(Double(other[i]) - Double(image[i])) }
      return sum
    }
  }

  /// Whether `other` is a perturbation that this threat allows of `image`.
  ///
  /// Exact for linf, whose set is made of float32 numbers; for l2 and l1 the length may exceed epsilon by the
  /// rounding of the coordinates, which 1e-6 covers.
  public func allows(_ other: UnsafePointer<Float>, from image: UnsafePointer<Float>, count: Int) -> Bool {
    if box && (0..<count).contains(where: { !(other[$0] >= 0 && other[$0] <= 1) }) { return false }
    if norm == .linf {
      return (0..<count).allSatisfy { i in
        other[i] >= min(image[i], image[i] - epsilon) && other[i] <= max(image[i], image[i] + epsilon)
      }
    }
    return distance(image, other, count: count) <= largestDistance
  }
}
