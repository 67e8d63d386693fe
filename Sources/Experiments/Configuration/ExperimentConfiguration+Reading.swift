import Foundation

extension ExperimentConfiguration {
  /// Reads a configuration file and the settings of the command line, which win over the file.
  ///
  /// - Parameters:
  ///   - path: a YAML file.
  ///   - overrides: settings `key=value`, where a key is a path with dots and a value is YAML.
  /// - Throws: `ConfigurationError` with everything that is wrong, each with its place.
  public init(file path: String, overrides: [String] = []) throws(ConfigurationError) {
    try self.init(yaml: Self.contents(of: path), source: path, overrides: overrides)
  }

  /// Reads a configuration from YAML text in UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - source: what messages call it; the run's name is derived from it where none is given.
  ///   - overrides: settings `key=value` that win over the text.
  /// - Throws: `ConfigurationError` with everything that is wrong, each with its place.
  public init(
    yaml bytes: [UInt8], source: String, overrides: [String] = []
  ) throws(ConfigurationError) {
    var tree = try ConfigurationValue.parse(bytes: bytes, file: source)
    try tree.apply(overrides: overrides)
    let stem = URL(fileURLWithPath: source).deletingPathExtension().lastPathComponent
    let problems = ConfigurationProblems(source: .file(source))
    self.init(
      reading: ConfigurationReader(tree, path: "", problems: problems),
      defaultName: Self.isValidName(stem) ? stem : "run")
    // Combinations are judged once the values themselves are sound, lest one slip be reported many times.
    if problems.problems.isEmpty { report(to: problems) }
    try problems.finish()
  }

  /// Every key there is when nothing is set, with its type, default and meaning.
  package static var keys: [ConfigurationKey] {
    let problems = ConfigurationProblems(source: .file(""))
    _ = ExperimentConfiguration(
      reading: ConfigurationReader(nil, path: "", problems: problems), defaultName: "run")
    return problems.keys
  }

  private static func contents(of path: String) throws(ConfigurationError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ConfigurationError(.missingFile, at: .file(path), "there is no such file")
    }
    guard !isFolder.boolValue else {
      throw ConfigurationError(
        .missingFile, at: .file(path), "this is a folder; name the configuration file in it")
    }
    // One byte more than allowed is enough to tell that a file is too large, even one without an end.
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      return Array(try handle.read(upToCount: ConfigurationValue.largestFile + 1) ?? Data())
    } catch {
      throw ConfigurationError(
        .unreadableFile, at: .file(path), "the file cannot be read: \(error.localizedDescription)")
    }
  }
}
