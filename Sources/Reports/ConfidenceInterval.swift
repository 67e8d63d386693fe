import Foundation

/// An interval that holds an unknown proportion with a stated confidence.
public struct ConfidenceInterval: Sendable, Equatable {
  /// The lower end, at least 0.
  public let lower: Double
  /// The upper end, at most 1.
  public let upper: Double

  /// The standard normal quantile of 0.975.
  private static let quantile = 1.959_963_984_540_054

  /// The Wilson score interval at 95 % confidence for `correct` successes in `total` trials.
  ///
  /// With p the observed proportion and z the normal quantile, its ends are
  /// (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Unlike the textbook interval it stays inside
  /// [0, 1] and does not collapse at 0 or n correct. Wilson, "Probable inference, the law of succession, and
  /// statistical inference", JASA 22 (1927). Nothing observed gives [0, 1].
  ///
  /// - Precondition: `0 <= correct <= total`.
  public static func wilson(correct: Int, total: Int) -> ConfidenceInterval {
    precondition(correct >= 0 && correct <= total, "\(correct) of \(total) is no proportion")
    guard total > 0 else { return ConfidenceInterval(lower: 0, upper: 1) }
    let n = Double(total)
    let p = Double(correct) / n
    let z2 = quantile * quantile
    let center = p + z2 / (2 * n)
    let halfWidth = quantile * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
    let scale = 1 + z2 / n
    // At the ends the formula gives 0 and 1 up to rounding.
    return ConfidenceInterval(
      lower: correct == 0 ? 0 : (center - halfWidth) / scale,
      upper: correct == total ? 1 : (center + halfWidth) / scale)
  }
}

/// In JSON an interval is the array `[lower, upper]`.
extension ConfidenceInterval: Codable {
  /// Decodes an array of two numbers.
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    lower = try container.decode(Double.self)
    upper = try container.decode(Double.self)
  }

  /// Encodes an array of two numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(lower)
    try container.encode(upper)
  }
}
