/// The values a number may take, and how a message says so.
struct NumberRange: Equatable, Sendable {
  let lower: Double
  let includesLower: Bool
  let upper: Double
  let includesUpper: Bool

  static let positive = Self(lower: 0, includesLower: false, upper: .infinity, includesUpper: false)
  static let nonNegative = Self(lower: 0, includesLower: true, upper: .infinity, includesUpper: false)
  /// Between 0 and 1, neither included.
  static let insideUnit = Self(lower: 0, includesLower: false, upper: 1, includesUpper: false)
  /// From 0 to below 1.
  static let belowOne = Self(lower: 0, includesLower: true, upper: 1, includesUpper: false)
  /// From 0 to 1.
  static let unit = Self(lower: 0, includesLower: true, upper: 1, includesUpper: true)

  func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : value > lower) && (includesUpper ? value <= upper : value < upper)
  }

  var description: String {
    let low = "\(includesLower ? "at least" : "above") \(ConfigurationNumber.text(lower))"
    guard upper.isFinite else { return low }
    return "\(low) and \(includesUpper ? "at most" : "below") \(ConfigurationNumber.text(upper))"
  }
}
