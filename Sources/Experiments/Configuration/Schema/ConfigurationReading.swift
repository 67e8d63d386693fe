/// What the sections declare while a configuration of a few settings is read.
struct ConfigurationReading {
  /// The keys in the order of their declaration.
  let keys: [ConfigurationKey]
  /// The keys that would have to be given beside these settings.
  let missing: Set<String>

  /// Reads a configuration that says nothing, or that `keyPath` is `value`.
  init(_ keyPath: String? = nil, _ value: String = "") {
    var tree = ConfigurationValue(.section([]), origin: .commandLine)
    if let keyPath {
      let leaf = ConfigurationValue(.scalar(value, isPlain: true), origin: .commandLine)
      let path = keyPath.split(separator: ".").map(String.init)
      tree = path.reversed().reduce(leaf) { inner, key in
        ConfigurationValue(
          .section([.init(key: key, origin: .commandLine, value: inner)]), origin: .commandLine)
      }
    }
    let problems = ConfigurationProblems(source: .commandLine)
    _ = ExperimentConfiguration(
      reading: ConfigurationReader(tree, path: "", problems: problems), defaultName: "run")
    keys = problems.keys
    let declared = Set(keys.map(\.path))
    // Nothing else is written, so a problem with another key is that it is not there.
    missing = Set(problems.problems.map(\.keyPath)).intersection(declared).subtracting([keyPath ?? ""])
  }

  /// The keys of a section, without those of sections within it.
  func keys(of section: String) -> [ConfigurationKey] {
    keys.filter { $0.section == section }
  }
}

extension ConfigurationKey {
  /// The section that the key stands in; empty at the top.
  var section: String { path.split(separator: ".").dropLast().joined(separator: ".") }
  /// The key within its section.
  var name: String { path.split(separator: ".").last.map(String.init) ?? path }
}
