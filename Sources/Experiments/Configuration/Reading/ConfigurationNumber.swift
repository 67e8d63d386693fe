/// Numbers as configurations write them: `40`, `0.3`, `5e-3`, `8/255`.
package enum ConfigurationNumber {
  /// Reads a whole number: digits and a sign, nothing else.
  package static func integer<Integer: FixedWidthInteger>(_ text: String) -> Integer? {
    Integer(text)
  }

  /// Reads a finite number or a fraction of two of them; nil for anything else.
  ///
  /// Nothing is evaluated beyond the one division. A number too large or too small for a `Double` is refused
  /// rather than turned into infinity or zero.
  package static func real(_ text: String) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1:
      return decimal(parts[0])
    case 2:
      guard
        let numerator = decimal(parts[0].trimmingSpaces), let denominator = decimal(parts[1].trimmingSpaces),
        denominator != 0
      else { return nil }
      return nonVanishing(numerator / denominator, isZero: numerator == 0)
    default:
      return nil
    }
  }

  /// The shortest digits that read back as the same number.
  ///
  /// An exponent follows a decimal point (`1.0e-08`), without which YAML 1.1 readers take the number for text.
  package static func text(_ value: Double) -> String {
    let text = value.description
    if text.hasSuffix(".0") { return String(text.dropLast(2)) }
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  private static func decimal(_ text: Substring) -> Double? {
    // Double would also read hexadecimal numbers, "inf" and "nan".
    guard text.utf8.count <= 64, text.allSatisfy({ "0123456789+-.eE".contains($0) }),
      let value = Double(text)
    else { return nil }
    let mantissa = text.prefix { $0 != "e" && $0 != "E" }
    return nonVanishing(value, isZero: !mantissa.contains { ("1"..."9").contains($0) })
  }

  private static func nonVanishing(_ value: Double, isZero: Bool) -> Double? {
    guard value.isFinite, (value == 0) == isZero else { return nil }
    // Minus zero would be a different text for the same setting.
    return isZero ? 0 : value
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    let start = drop { $0 == " " }
    let end = start.lastIndex { $0 != " " }
    return end.map { start[...$0] } ?? ""
  }
}
