/// Collects what is wrong, and which keys exist, while the sections of one configuration are read.
final class ConfigurationProblems {
  private struct UnknownKey {
    let section: String
    let key: String
    let origin: ConfigurationOrigin
  }

  private(set) var problems: [ConfigurationError.Problem] = []
  private(set) var keys: [ConfigurationKey] = []
  /// Where each key that is present was written.
  private var origins: [String: ConfigurationOrigin] = [:]
  private var unknownKeys: [UnknownKey] = []
  private let source: ConfigurationOrigin

  /// - Parameter source: the place of problems with what is not written anywhere.
  init(source: ConfigurationOrigin) {
    self.source = source
  }

  func declare(_ key: ConfigurationKey) { keys.append(key) }

  func locate(_ keyPath: String, at origin: ConfigurationOrigin) { origins[keyPath] = origin }

  /// Records a problem with a key; it stands where the key, or else the nearest section around it, stands.
  func report(_ keyPath: String, _ message: String) {
    var path = keyPath[...]
    while origins[String(path)] == nil, let dot = path.lastIndex(where: { $0 == "." || $0 == "[" }) {
      path = path[..<dot]
    }
    let origin = origins[String(path)] ?? source
    problems.append(.init(origin: origin, keyPath: keyPath, message: message))
  }

  func reportUnknown(_ key: String, in section: String, at origin: ConfigurationOrigin) {
    unknownKeys.append(UnknownKey(section: section, key: key, origin: origin))
  }

  /// Ends the reading: suggestions for unknown keys need all sections to have declared theirs.
  ///
  /// - Throws: `ConfigurationError` if there was any problem.
  func finish() throws(ConfigurationError) {
    for unknown in unknownKeys {
      let path = unknown.section.joinedPath(unknown.key)
      problems.append(
        .init(
          origin: unknown.origin, keyPath: path,
          message:
            "unknown key \(path.isPlainPath ? path : path.debugDescription); \(suggestion(for: unknown))"))
    }
    unknownKeys = []
    if !problems.isEmpty { throw ConfigurationError(.invalid, problems) }
  }

  private func suggestion(for unknown: UnknownKey) -> String {
    let prefix = unknown.section.isEmpty ? "" : unknown.section + "."
    let siblings = keys.map(\.path).filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
      .filter { !$0.contains(".") && !$0.contains("[") }.map(String.init)
    if let nearest = NearestKey.nearest(to: unknown.key, among: siblings) {
      return "did you mean \(prefix)\(nearest)?"
    }
    let elsewhere = keys.map(\.path).filter { !$0.contains("[") }
    if let same = elsewhere.first(where: { $0.hasSuffix("." + unknown.key) }) {
      return "did you mean \(same)?"
    }
    return "the keys here are \(siblings.joined(separator: ", "))"
  }
}

extension String {
  /// `section.key`, or the key alone at the top.
  func joinedPath(_ key: String) -> String { isEmpty ? key : "\(self).\(key)" }

  fileprivate var isPlainPath: Bool {
    utf8.count <= 100 && allSatisfy { $0.isWordCharacter || ".[]".contains($0) }
  }
}
