/// The types of settings.
extension ConfigurationReader {
  /// A whole number.
  func integer<Integer: FixedWidthInteger & Sendable>(
    _ key: String, default fallback: Integer, in range: ClosedRange<Integer>, if isUsed: Bool = true,
    otherwise: Integer? = nil, _ documentation: String
  ) -> Integer {
    let type = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return value(
      key, type: type, kind: .integer(lower: "\(range.lowerBound)", upper: "\(range.upperBound)"),
      fallback: fallback, fallbackText: "\(fallback)", if: isUsed, otherwise: otherwise ?? fallback,
      documentation: documentation
    ) { value throws(Mismatch) in
      try Self.integer(value, in: range, type: type)
    }
  }

  /// A number or fraction that has a default.
  func number(
    _ key: String, default fallback: Double, _ range: NumberRange, if isUsed: Bool = true,
    otherwise: Double? = nil, _ documentation: String
  ) -> Double {
    value(
      key, type: "a number \(range.description)", kind: .number(range), fallback: fallback,
      fallbackText: ConfigurationNumber.text(fallback), if: isUsed, otherwise: otherwise ?? fallback,
      documentation: documentation
    ) { value throws(Mismatch) in
      try Self.number(value, in: range)
    }
  }

  /// A number or fraction without a default, which has to be given where it is used.
  ///
  /// - Parameter reason: why there is no default, following "has to be given".
  func requiredNumber(
    _ key: String, _ range: NumberRange, because reason: String, if isUsed: Bool = true,
    otherwise: Double, _ documentation: String
  ) -> Double {
    if isUsed, knowsSelection, !contains(key) { report(key, "has to be given \(reason)") }
    return value(
      key, type: "a number \(range.description)", kind: .number(range), fallback: otherwise,
      fallbackText: nil,
      if: isUsed, otherwise: otherwise, documentation: documentation
    ) { value throws(Mismatch) in
      try Self.number(value, in: range)
    }
  }

  /// `true` or `false`.
  func flag(
    _ key: String, default fallback: Bool, if isUsed: Bool = true, otherwise: Bool? = nil,
    _ documentation: String
  ) -> Bool {
    value(
      key, type: "true or false", kind: .flag, fallback: fallback, fallbackText: "\(fallback)", if: isUsed,
      otherwise: otherwise ?? fallback, documentation: documentation
    ) { value throws(Mismatch) in
      switch value.content {
      case .scalar("true", isPlain: true): return true
      case .scalar("false", isPlain: true): return false
      default: throw Mismatch("has to be true or false, not \(value.summary)")
      }
    }
  }

  /// One of a few names.
  func choice<Choice: ConfigurationChoice>(
    _ key: String, default fallback: Choice, if isUsed: Bool = true, otherwise: Choice? = nil,
    selects: Bool = false, _ documentation: String, onMismatch: () -> Void = {}
  ) -> Choice {
    let names = Choice.allCases.map(\.rawValue)
    return value(
      key, type: "one of \(names.joined(separator: ", "))", kind: .choice(names, pattern: Choice.pattern),
      allowed: names,
      fallback: fallback, fallbackText: fallback.rawValue, if: isUsed, otherwise: otherwise ?? fallback,
      selects: selects, documentation: documentation, onMismatch: onMismatch
    ) { value throws(Mismatch) in
      guard case .scalar(let name, _) = value.content, let choice = Choice(rawValue: name) else {
        throw Mismatch("has to be one of \(names.joined(separator: ", ")), not \(Self.guess(value, names))")
      }
      return choice
    }
  }

  /// Text that fulfils a condition, which `type` says in words and `pattern` as a regular expression.
  func text(
    _ key: String, type: String, pattern: String, default fallback: String, _ documentation: String,
    accepts: (String) -> Bool
  ) -> String {
    value(
      key, type: type, kind: .text(pattern: pattern), fallback: fallback, fallbackText: fallback, if: true,
      otherwise: fallback,
      documentation: documentation
    ) { value throws(Mismatch) in
      try Self.text(value, type: type, accepts: accepts)
    }
  }

  /// Text that may be left out.
  func optionalText(
    _ key: String, type: String, if isUsed: Bool, _ documentation: String, accepts: (String) -> Bool
  ) -> String? {
    value(
      key, type: type, kind: .text(pattern: nil), fallback: nil, fallbackText: nil, if: isUsed,
      otherwise: nil,
      documentation: documentation
    ) { value throws(Mismatch) in
      try Self.text(value, type: type, accepts: accepts)
    }
  }

  /// A list of whole numbers.
  func integers(
    _ key: String, default fallback: [Int]?, in range: ClosedRange<Int>, count: ClosedRange<Int>,
    if isUsed: Bool = true, _ documentation: String
  ) -> [Int]? {
    let element = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    let type = "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)"
    let kind = ConfigurationKey.Kind.integer(lower: "\(range.lowerBound)", upper: "\(range.upperBound)")
    return list(key, type: type, of: kind, default: fallback, count: count, if: isUsed, documentation) {
      value throws(Mismatch) in
      try Self.integer(value, in: range, type: element)
    }
  }

  /// A list of numbers or fractions.
  func numbers(
    _ key: String, _ range: NumberRange, count: ClosedRange<Int>, if isUsed: Bool, _ documentation: String
  ) -> [Double]? {
    let type = "a list of numbers \(range.description)"
    return list(
      key, type: type, of: .number(range), default: nil, count: count, if: isUsed, documentation
    ) {
      value throws(Mismatch) in
      try Self.number(value, in: range)
    }
  }

  private func list<Element: CustomStringConvertible>(
    _ key: String, type: String, of kind: ConfigurationKey.Kind, default fallback: [Element]?,
    count: ClosedRange<Int>, if isUsed: Bool, _ documentation: String,
    element: (ConfigurationValue) throws(Mismatch) -> Element
  ) -> [Element]? {
    value(
      key, type: type, kind: .list(of: kind, count: count), fallback: fallback,
      fallbackText: fallback.map { "\($0)" }, if: isUsed, otherwise: nil, documentation: documentation
    ) { value throws(Mismatch) in
      guard case .list(let list) = value.content else {
        throw Mismatch("has to be \(type), such as [1, 2], not \(value.summary)")
      }
      guard count.contains(list.count) else {
        let expected =
          count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
        throw Mismatch("has to be \(type) with \(expected) entries, not \(list.count)")
      }
      var elements: [Element] = []
      for (index, value) in list.enumerated() {
        do throws(Mismatch) {
          elements.append(try element(value))
        } catch {
          throw Mismatch("\(error.message) (entry \(index + 1) of the list)")
        }
      }
      return elements
    }
  }

  private static func integer<Integer: FixedWidthInteger>(
    _ value: ConfigurationValue, in range: ClosedRange<Integer>, type: String
  ) throws(Mismatch) -> Integer {
    guard case .scalar(let text, _) = value.content,
      let number: Integer = ConfigurationNumber.integer(text), range.contains(number)
    else { throw Mismatch("has to be \(type), not \(value.summary)") }
    return number
  }

  private static func number(
    _ value: ConfigurationValue, in range: NumberRange
  ) throws(Mismatch) -> Double {
    guard case .scalar(let text, _) = value.content, let number = ConfigurationNumber.real(text) else {
      throw Mismatch("has to be a finite number such as 0.3, 5e-3 or 8/255, not \(value.summary)")
    }
    guard range.contains(number) else {
      throw Mismatch("has to be \(range.description), not \(text)")
    }
    return number
  }

  private static func text(
    _ value: ConfigurationValue, type: String, accepts: (String) -> Bool
  ) throws(Mismatch) -> String {
    guard case .scalar(let text, _) = value.content, accepts(text) else {
      throw Mismatch("has to be \(type), not \(value.summary)")
    }
    return text
  }

  private static func guess(_ value: ConfigurationValue, _ names: [String]) -> String {
    guard case .scalar(let text, _) = value.content,
      let nearest = NearestKey.nearest(to: text, among: names)
    else { return value.summary }
    return "\(value.summary); did you mean \(nearest)?"
  }
}
