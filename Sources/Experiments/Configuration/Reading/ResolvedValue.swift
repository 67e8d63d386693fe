/// A resolved setting on its way to YAML, or to the identity of a run.
indirect enum ResolvedValue: Equatable, Sendable {
  /// A number, flag or name, written as it is.
  case word(String)
  /// Free text, quoted where YAML needs it.
  case text(String)
  case list([ResolvedValue])
  case section([ResolvedField])

  static func number(_ value: Double) -> Self { .word(ConfigurationNumber.text(value)) }
  static func number(_ value: some BinaryInteger) -> Self { .word("\(value)") }
  static func flag(_ value: Bool) -> Self { .word("\(value)") }
  static func choice(_ value: some ConfigurationChoice) -> Self { .word(value.rawValue) }

  /// Every scalar and list with its key path, in the order of writing.
  func leaves(under path: String = "") -> [(keyPath: String, text: String)] {
    guard case .section(let fields) = self else { return [(path, flow)] }
    return fields.flatMap { $0.value.leaves(under: path.joinedPath($0.key)) }
  }

  /// The value on one line, in YAML's flow style.
  var flow: String {
    switch self {
    case .word(let word): word
    case .text(let text): Self.quoted(text)
    case .list(let list): "[\(list.map(\.flow).joined(separator: ", "))]"
    case .section(let fields):
      "{\(fields.map { "\(Self.quoted($0.key)): \($0.value.flow)" }.joined(separator: ", "))}"
    }
  }

  /// YAML text of a section: one line for what fits on it, indented blocks for the rest.
  func block(indentation: Int = 0) -> String {
    let indent = String(repeating: " ", count: indentation)
    switch self {
    case .section(let fields):
      return fields.map { field in
        let head = "\(indent)\(Self.quoted(field.key)):"
        return head + field.value.rest(after: head.count, indentation: indentation + 2)
      }.joined()
    case .list(let list):
      return list.map { "\(indent)- \($0.flow)\n" }.joined()
    case .word, .text:
      return indent + flow + "\n"
    }
  }

  private func rest(after column: Int, indentation: Int) -> String {
    switch self {
    case .section where column + 1 + flow.count > 110, .list where column + 1 + flow.count > 110:
      "\n" + block(indentation: indentation)
    default:
      " \(flow)\n"
    }
  }

  /// Plain where every YAML reader takes it for text, in double quotes otherwise.
  private static func quoted(_ text: String) -> String {
    let lowercased = text.lowercased()
    // Words that YAML 1.1 readers turn into something else, `on` among them, which is a key here.
    let isReserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(lowercased)
    let isPlain = text.first.map { $0.isASCII && ($0.isLetter || $0 == "/") } ?? false
    if isPlain, !isReserved, text.allSatisfy({ $0.isWordCharacter || "./".contains($0) }) { return text }
    return "\"\(text.unicodeScalars.map(escaped).joined())\""
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case " "..."~": return String(scalar)
    default:
      if scalar.properties.isAlphabetic { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
  }
}

/// A key and its resolved value.
struct ResolvedField: Equatable, Sendable {
  let key: String
  let value: ResolvedValue

  init(_ key: String, _ value: ResolvedValue) {
    self.key = key
    self.value = value
  }
}
