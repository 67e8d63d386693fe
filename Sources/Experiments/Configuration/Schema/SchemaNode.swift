/// JSON whose keys stay in the order they were given, so that a schema reads like the documentation.
indirect enum SchemaNode {
  /// A key and its value.
  typealias Entry = (String, SchemaNode)

  case object([Entry])
  case list([SchemaNode])
  case text(String)
  /// A number as it is written.
  case number(String)
  case flag(Bool)

  static func texts(_ texts: [String]) -> SchemaNode { .list(texts.map { .text($0) }) }

  /// The JSON text: short lists and objects on one line.
  func json(indentation: Int = 0) -> String {
    let line = flow
    if line.count + indentation <= 100 { return line }
    let inner = String(repeating: " ", count: indentation + 2)
    let end = "\n" + String(repeating: " ", count: indentation)
    switch self {
    case .object(let entries):
      let lines = entries.map { "\(inner)\(Self.quoted($0.0)): \($0.1.json(indentation: indentation + 2))" }
      return "{\n" + lines.joined(separator: ",\n") + end + "}"
    case .list(let values):
      let lines = values.map { inner + $0.json(indentation: indentation + 2) }
      return "[\n" + lines.joined(separator: ",\n") + end + "]"
    case .text, .number, .flag:
      return line
    }
  }

  private var flow: String {
    switch self {
    case .object(let entries):
      "{\(entries.map { "\(Self.quoted($0.0)): \($0.1.flow)" }.joined(separator: ", "))}"
    case .list(let values): "[\(values.map(\.flow).joined(separator: ", "))]"
    case .text(let text): Self.quoted(text)
    case .number(let text): text
    case .flag(let flag): "\(flag)"
    }
  }

  /// A JSON string; the texts here are our own, without control characters.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
