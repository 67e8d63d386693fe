/// Reads one section, key by key, and remembers which keys there are.
///
/// Every accessor declares a key: its type, its default, what it means, and whether it does anything beside
/// the name the section selects (`if`). A wrong value is recorded as a problem and its default goes on in its
/// place, so that one run reports everything. Keys nobody asked for are unknown.
final class ConfigurationReader {
  /// A value that does not fit, in words that follow the key.
  struct Mismatch: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  /// The path of the section; empty at the top.
  let path: String
  let problems: ConfigurationProblems
  private let entries: [ConfigurationValue.Entry]
  private var known: Set<String> = []
  /// The name that decides which keys do anything, such as `method fgsm`; nil while it is not known.
  private var selection: (key: String, words: String)?

  /// - Parameter value: nil if the section is left out.
  init(_ value: ConfigurationValue?, path: String, problems: ConfigurationProblems) {
    self.path = path
    self.problems = problems
    if let value, value.entries == nil {
      let subject = path.isEmpty ? "a configuration" : path
      problems.report(path, "\(subject) has to be a section of key: value, not \(value.summary)")
    }
    entries = value?.entries ?? []
  }

  /// Whether the name that decides which keys do anything is a valid one.
  var knowsSelection: Bool { selection != nil }

  /// Whether the section has the key.
  func contains(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Records a problem with a key of this section.
  func report(_ key: String, _ message: String) {
    let keyPath = path.joinedPath(key)
    problems.report(keyPath, "\(keyPath) \(message)")
  }

  /// The value of a key that holds more than a scalar, for another reader to read.
  func nested(
    _ key: String, type: String, kind: ConfigurationKey.Kind = .section, _ documentation: String
  ) -> ConfigurationValue? {
    value(
      key, type: type, kind: kind, fallback: nil, fallbackText: nil, if: true, otherwise: nil,
      documentation: documentation
    ) { $0 }
  }

  /// Reads a section of this section.
  func section(_ key: String, _ documentation: String) -> ConfigurationReader {
    let value = nested(key, type: "a section", documentation)
    return ConfigurationReader(value, path: path.joinedPath(key), problems: problems)
  }

  /// Makes a choice decide which of the keys that follow do anything.
  func select<Choice: ConfigurationChoice>(
    _ key: String, default fallback: Choice, _ documentation: String
  ) -> Choice {
    var isValid = true
    let choice = choice(key, default: fallback, selects: true, documentation) { isValid = false }
    selection = isValid ? (key, "\(key == "name" ? sectionName : key) \(choice.rawValue)") : nil
    return choice
  }

  /// Declares and reads any key; the typed accessors are made of this.
  func value<Value>(
    _ key: String, type: String, kind: ConfigurationKey.Kind, allowed: [String] = [], fallback: Value,
    fallbackText: String?, if isUsed: Bool, otherwise: Value, selects: Bool = false, documentation: String,
    onMismatch: () -> Void = {},
    read: (ConfigurationValue) throws(Mismatch) -> Value
  ) -> Value {
    let keyPath = path.joinedPath(key)
    problems.declare(
      ConfigurationKey(
        path: keyPath, type: type, kind: kind, allowed: allowed, fallback: isUsed ? fallbackText : nil,
        documentation: documentation, isUsed: isUsed, selects: selects))
    known.insert(key)
    guard let entry = entries.first(where: { $0.key == key }) else { return isUsed ? fallback : otherwise }
    problems.locate(keyPath, at: entry.origin)

    guard isUsed else {
      if let selection {
        report(key, "does nothing with \(selection.words)\(remedy(for: entry, selection.key))")
      }
      return otherwise
    }
    guard !entry.value.isNull else {
      onMismatch()
      report(key, "has no value; give it \(type) or remove the key")
      return fallback
    }
    do {
      return try read(entry.value)
    } catch {
      onMismatch()
      report(key, error.message)
      return fallback
    }
  }

  /// Ends the reading of the section: what was not asked for is unknown.
  func finish() {
    for entry in entries where !known.contains(entry.key) {
      problems.reportUnknown(entry.key, in: path, at: entry.origin)
    }
  }

  private var sectionName: String {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    return name == "data" ? "data set" : name.hasPrefix("final[") ? "attack" : name
  }

  /// A file's key that a choice on the command line made useless can only be removed with its section.
  private func remedy(for entry: ConfigurationValue.Entry, _ selectingKey: String) -> String {
    guard entry.origin != .commandLine,
      let choice = entries.first(where: { $0.key == selectingKey }), choice.origin == .commandLine,
      case .scalar(let name, _) = choice.value.content
    else { return "" }
    return "; to drop what the file says replace the section: \(path)={\(selectingKey): \(name)}"
  }
}
