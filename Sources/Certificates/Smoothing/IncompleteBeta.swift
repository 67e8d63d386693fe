import Tensors

/// The regularized incomplete beta function I_x(a, b), the distribution function of the beta distribution.
///
/// Of a binomial variable X of n trials with probability p, P(X >= k) = I_p(k, n - k + 1).
package enum IncompleteBeta {
  /// I_x(a, b).
  ///
  /// By its continued fraction (Abramowitz and Stegun 26.5.8, evaluated forward as Lentz and Thompson and Barnett do),
  /// on the side of the mean where that converges fast. In plain IEEE arithmetic, the same on every machine; relative
  /// error about 1e-10 for parameters up to a million.
  ///
  /// - Precondition: a and b are positive, and x is in [0, 1].
  package static func regularized(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(a > 0 && b > 0 && x >= 0 && x <= 1, "no incomplete beta function of \(x), \(a), \(b)")
    if x == 0 { return 0 }
    if x == 1 { return 1 }
    let logarithm =
      a * DeterministicMath.log(x) + b * DeterministicMath.log1p(-x) - logBeta(a, b)
    let factor = DeterministicMath.exp(logarithm)
    return x < (a + 1) / (a + b + 2)
      ? factor * fraction(x, a, b) / a : 1 - factor * fraction(1 - x, b, a) / b
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func nonZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / nonZero(1 - (a + b) * x / (a + 1))
    var product = d
    for step in 1...100_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / nonZero(1 + even * d)
      c = nonZero(1 + even / c)
      product *= c * d
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / nonZero(1 + odd * d)
      c = nonZero(1 + odd / c)
      product *= c * d
      if abs(c * d - 1) < 1e-15 { break }
    }
    return product
  }

  /// ln B(a, b).
  static func logBeta(_ a: Double, _ b: Double) -> Double {
    logGamma(a) + logGamma(b) - logGamma(a + b)
  }

  /// ln Gamma(x) by Stirling's series, from 10 on where its error is below 1e-17 (Abramowitz and Stegun 6.1.41).
  static func logGamma(_ x: Double) -> Double {
    var (x, product) = (x, 1.0)
    while x < 10 {
      product *= x
      x += 1
    }
    let square = 1 / (x * x)
    var series = 0.0
    for coefficient in stirling { series = series * square + coefficient }
    let halfLogTwoPi = 0.918_938_533_204_672_741_78
    return (x - 0.5) * DeterministicMath.log(x) - x + halfLogTwoPi + series / x
      - DeterministicMath.log(product)
  }

  /// B_2k / (2k (2k - 1)), the highest k first.
  private static let stirling: [Double] = [
    -3617.0 / 122400, 1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12,
  ]
}
