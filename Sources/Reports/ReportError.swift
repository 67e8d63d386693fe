/// What can be wrong with a report apart from refused file operations.
public enum ReportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// libpng refused an image.
  case image(operation: String, reason: String)
  /// A report file that was written earlier cannot be understood.
  case unreadable(path: String, reason: String)

  /// One sentence saying what is wrong and where.
  public var description: String {
    switch self {
    case .image(let operation, let reason): "cannot \(operation) a PNG image: \(reason)"
    case .unreadable(let path, let reason): "\(path) is no report of this program: \(reason)"
    }
  }
}
