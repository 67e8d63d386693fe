/// A tree of what was written: text, lists and sections, each with the place where it stands.
///
/// Scalars stay text until a section asks for a number or a choice, so nothing is guessed from how a word
/// looks (`no` stays `no`).
struct ConfigurationValue: Sendable {
  indirect enum Content: Sendable {
    /// A scalar; `isPlain` if it was written without quotes.
    case scalar(String, isPlain: Bool)
    case list([ConfigurationValue])
    case section([Entry])
  }

  /// A key, where it stands, and its value.
  struct Entry: Sendable {
    var key: String
    var origin: ConfigurationOrigin
    var value: ConfigurationValue
  }

  var content: Content
  var origin: ConfigurationOrigin

  init(_ content: Content, origin: ConfigurationOrigin) {
    self.content = content
    self.origin = origin
  }

  /// The entries if this is a section.
  var entries: [Entry]? {
    if case .section(let entries) = content { entries } else { nil }
  }

  /// Whether nothing is written, or one of YAML's words for nothing.
  var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The value as a message quotes it: short, on one line, without control characters.
  var summary: String {
    switch content {
    case .scalar(let text, _):
      text.count <= 40 ? text.debugDescription : String(text.prefix(40)).debugDescription + "..."
    case .list: "a list"
    case .section: "a section"
    }
  }
}
