/// Elementary functions in plain IEEE arithmetic.
///
/// C libraries differ in the last bits of these functions, and so would weights trained on two machines. Here
/// only additions, multiplications, divisions and square roots are used, each of which IEEE 754 rounds in one
/// way. Errors are below 2 units in the last place of a Double, far under what float32 results can show.
public enum DeterministicMath {
  @usableFromInline static let log2e = 0x1.71547652b82fep0
  /// ln 2 split in two, so that multiples up to 2^11 of the high part are exact.
  @usableFromInline static let ln2High = 0x1.62e42feep-1
  @usableFromInline static let ln2Low = 0x1.a39ef35793c76p-33

  /// The exponential function.
  @inlinable
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.78 { return .infinity }
    if x < -745.2 { return 0 }
    let multiple = (x * log2e).rounded(.toNearestOrEven)
    let r = (x - multiple * ln2High) - multiple * ln2Low
    // Taylor series on [-ln2/2, ln2/2]: the first term left out is below 2^-57.
    var sum = 1.0 / 6_227_020_800
    for coefficient in expCoefficients {
      sum = sum * r + coefficient
    }
    let exponent = Int(multiple)
    // Two factors, because 2^exponent alone may be subnormal or infinite.
    let half = exponent / 2
    return sum * power2(half) * power2(exponent - half)
  }

  /// 1/12!, 1/11!, ..., 1/1!, 1/0!.
  @usableFromInline static let expCoefficients: [Double] = {
    var factorial = 1.0
    var inverses = [1.0]
    for n in 1...12 {
      factorial *= Double(n)
      inverses.append(1 / factorial)
    }
    return inverses.reversed()
  }()

  @inlinable
  static func power2(_ exponent: Int) -> Double {
    Double(bitPattern: UInt64(exponent + 1023) << 52)
  }

  /// The natural logarithm; NaN below zero, minus infinity at zero.
  public static func log(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    var significand = x.significand
    var exponent = Double(x.exponent)
    if significand > 0x1.6a09e667f3bcdp0 {
      significand *= 0.5
      exponent += 1
    }
    // ln m = 2 artanh s with s = (m-1)/(m+1), |s| < 0.1716.
    let s = (significand - 1) / (significand + 1)
    let square = s * s
    // Written out, so that no division is left.
    var sum = (1.0 / 23) * square
    sum = (sum + 1.0 / 21) * square
    sum = (sum + 1.0 / 19) * square
    sum = (sum + 1.0 / 17) * square
    sum = (sum + 1.0 / 15) * square
    sum = (sum + 1.0 / 13) * square
    sum = (sum + 1.0 / 11) * square
    sum = (sum + 1.0 / 9) * square
    sum = (sum + 1.0 / 7) * square
    sum = (sum + 1.0 / 5) * square
    sum = (sum + 1.0 / 3) * square
    return exponent * ln2High + (exponent * ln2Low + (2 * s + 2 * s * sum))
  }

  /// ln(1 + x), accurate for small x.
  public static func log1p(_ x: Double) -> Double {
    let sum = 1 + x
    if sum == 1 { return x }
    if sum == .infinity || x < -0.5 { return log(sum) }
    // The quotient undoes the rounding of 1 + x (Higham, Accuracy and Stability, section 1.14.1).
    return log(sum) * (x / (sum - 1))
  }

  /// cos(pi t) for t in [0, 1], exact at 0, 1/2 and 1.
  public static func cosPi(_ t: Double) -> Double {
    if t == 0.5 { return 0 }
    if t > 0.5 { return -cosPi(1 - t) }
    let square = (Double.pi * t) * (Double.pi * t)
    var sum = 1.0
    for n in stride(from: 24.0, through: 2.0, by: -2.0) {
      sum = 1 - sum * square / (n * (n - 1))
    }
    return sum
  }

  /// `base` to a whole power, by repeated squaring.
  public static func power(_ base: Double, _ exponent: Int) -> Double {
    precondition(exponent >= 0, "negative exponent \(exponent)")
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
