/// Everything that is wrong with a configuration, together.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of failure it was; each has its own exit code.
  public enum Kind: Equatable, Sendable {
    /// The configuration says something that is not allowed (exit 64).
    case invalid
    /// The file does not exist (exit 66).
    case missingFile
    /// The file cannot be read (exit 74).
    case unreadableFile
  }

  /// One thing that is wrong.
  public struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// Where the offending words stand.
    public let origin: ConfigurationOrigin
    /// The key, such as `training.steps`; empty where the problem is not about one key.
    public let keyPath: String
    /// What is wrong and what to do, as a sentence that names the key.
    public let message: String

    /// `FILE:LINE: message`.
    public var description: String { "\(origin): \(message)" }
  }

  /// What kind of failure it was.
  public let kind: Kind
  /// At least one problem, in the order of the file, then of the command line.
  public let problems: [Problem]

  /// Creates an error; the problems are sorted by where they stand.
  init(_ kind: Kind = .invalid, _ problems: [Problem]) {
    precondition(!problems.isEmpty, "an error without a problem")
    self.kind = kind
    // Sorting by (origin, index) keeps the order of discovery within a line.
    self.problems = problems.enumerated().sorted {
      ($0.element.origin.rank, $0.offset) < ($1.element.origin.rank, $1.offset)
    }.map(\.element)
  }

  init(_ kind: Kind = .invalid, at origin: ConfigurationOrigin, _ message: String) {
    self.init(kind, [Problem(origin: origin, keyPath: "", message: message)])
  }

  /// One line per problem.
  public var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// Where a value of the configuration was written.
public enum ConfigurationOrigin: Equatable, Sendable, CustomStringConvertible {
  /// A line of a file, counted from 1.
  case line(Int, file: String)
  /// The file as a whole, for what it lacks.
  case file(String)
  /// A `key=value` of the command line.
  case commandLine

  /// `FILE:LINE`, `FILE` or `command line`.
  public var description: String {
    switch self {
    case .line(let line, let file): "\(file):\(line)"
    case .file(let file): file
    case .commandLine: "command line"
    }
  }

  /// Sorts lines by number, then what concerns the file as a whole, then the command line.
  fileprivate var rank: Int {
    switch self {
    case .line(let line, _): line
    case .file: Int.max - 1
    case .commandLine: Int.max
    }
  }
}
