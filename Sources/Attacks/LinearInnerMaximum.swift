import Tensors

/// The perturbation in a ball that lowers a linear score the most, in closed form.
///
/// For f(x) = w . x + b the minimum of f over ||delta||_p <= epsilon is f(x) - epsilon ||w||_q with
/// 1/p + 1/q = 1 (Hoelder), reached at delta_j = -epsilon sign(w_j) |w_j|^(q-1) / ||w||_q^(q-1). For p = infinity
/// that is the fast gradient sign step, for p = 2 a step against w.
public struct LinearInnerMaximum: Sendable {
  /// The exponent p of the norm that bounds the perturbation: 1 to infinity.
  public let exponent: Double

  /// Creates the closed form for an l_p ball.
  ///
  /// - Precondition: `exponent` is at least 1.
  public init(exponent: Double) {
    precondition(exponent >= 1, "no norm has exponent \(exponent)")
    self.exponent = exponent
  }

  /// Creates the closed form for one of the named norms.
  public init(_ norm: Norm) {
    switch norm {
    case .linf: self.init(exponent: .infinity)
    case .l2: self.init(exponent: 2)
    case .l1: self.init(exponent: 1)
    }
  }

  /// The exponent q of the dual norm.
  public var dualExponent: Double {
    if exponent == 1 { return .infinity }
    return exponent == .infinity ? 1 : exponent / (exponent - 1)
  }

  /// ||w||_q: how much the score falls for each unit of epsilon.
  public func dualNorm(_ weights: [Double]) -> Double {
    let largest = weights.map(abs).max() ?? 0
    switch dualExponent {
    case .infinity: return largest
    case 1: return weights.reduce(0) { $0 + abs($1) }
    case 2: return weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    case let q:
      // Scaled by the largest entry, so that no power overflows.
      if largest == 0 { return 0 }
      return largest * Self.power(weights.reduce(0) { $0 + Self.power(abs($1) / largest, q) }, 1 / q)
    }
  }

  /// The perturbation of length `epsilon` that lowers the score the most.
  public func perturbation(_ weights: [Double], epsilon: Double) -> [Double] {
    let norm = dualNorm(weights)
    if norm == 0 { return weights.map { _ in 0 } }
    switch dualExponent {
    case 1: return weights.map { $0 == 0 ? 0 : $0 > 0 ? -epsilon : epsilon }
    case 2: return weights.map { -epsilon * $0 / norm }
    case .infinity:
      // All of the budget on one of the largest weights.
      let place = weights.firstIndex { abs($0) == norm }
      return weights.indices.map { $0 == place ? (weights[$0] > 0 ? -epsilon : epsilon) : 0 }
    case let q:
      return weights.map { weight in
        let magnitude = epsilon * Self.power(abs(weight) / norm, q - 1)
        return weight > 0 ? -magnitude : magnitude
      }
    }
  }

  private static func power(_ base: Double, _ exponent: Double) -> Double {
    base == 0 ? 0 : DeterministicMath.exp(exponent * DeterministicMath.log(base))
  }
}
