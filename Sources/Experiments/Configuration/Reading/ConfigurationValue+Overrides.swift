/// Settings from the command line, `key=value`, which win over the file.
extension ConfigurationValue {
  /// Sections that may be written as a bare name, `attack: pgd` for `attack: {name: pgd}`.
  private static let shorthandSections: Set<String> = ["evaluation.attack"]

  /// Applies overrides in order; of two for the same key the later wins.
  ///
  /// A key is a path with dots, a value is YAML. A value that is a section, `threat={norm: l2, epsilon: 1}`,
  /// replaces the whole section.
  ///
  /// - Throws: `ConfigurationError` listing every argument that is no `key=value`.
  mutating func apply(overrides: [String]) throws(ConfigurationError) {
    var problems: [ConfigurationError.Problem] = []
    for override in overrides {
      do {
        let (path, value) = try Self.parse(override: override)
        try set(path[...], of: "", to: value)
      } catch {
        problems += error.problems
      }
    }
    if !problems.isEmpty { throw ConfigurationError(.invalid, problems) }
  }

  private static func parse(
    override: String
  ) throws(ConfigurationError) -> (path: [String], value: ConfigurationValue) {
    func failure(_ message: String) -> ConfigurationError {
      ConfigurationError(at: .commandLine, "\(override.debugDescription) \(message)")
    }
    guard let equals = override.firstIndex(of: "=") else {
      throw failure("is no setting; write key=value, such as training.steps=7")
    }
    let path = override[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard path.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isWordCharacter) }) else {
      throw failure("does not start with a key; a key is words joined by dots, such as training.steps")
    }
    guard path.count <= 8, override.utf8.count <= largestFile else { throw failure("is too long") }
    let text = String(override[override.index(after: equals)...])
    let value: ConfigurationValue?
    do {
      value = try parse(text, origin: { _ in .commandLine })
    } catch {
      throw failure("has a value that cannot be read: \(error.problems[0].message)")
    }
    guard let value, !value.isNull else { throw failure("has no value after the =") }
    return (path, value)
  }

  private mutating func set(
    _ path: ArraySlice<String>, of parent: String, to value: ConfigurationValue
  ) throws(ConfigurationError) {
    guard let key = path.first else {
      self = value
      return
    }
    if case .scalar = content, Self.shorthandSections.contains(parent) {
      content = .section([Entry(key: "name", origin: origin, value: self)])
    }
    guard var entries else {
      throw ConfigurationError(
        at: .commandLine,
        "\(parent).\(path.joined(separator: ".")) cannot be set: \(parent) is \(summary) and no section "
          + "(\(origin))")
    }
    let keyPath = parent.isEmpty ? key : "\(parent).\(key)"
    if let index = entries.firstIndex(where: { $0.key == key }) {
      // A value that is replaced stands on the command line from now on; a section that is added to stays.
      if path.count == 1 { entries[index].origin = .commandLine }
      try entries[index].value.set(path.dropFirst(), of: keyPath, to: value)
    } else {
      var child = ConfigurationValue(.section([]), origin: .commandLine)
      try child.set(path.dropFirst(), of: keyPath, to: value)
      entries.append(Entry(key: key, origin: .commandLine, value: child))
    }
    content = .section(entries)
  }
}
