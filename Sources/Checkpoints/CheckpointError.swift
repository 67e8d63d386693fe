/// What can be wrong with checkpoints, tensor files and run directories, apart from refused file operations.
public enum CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file's contents are not what they should be.
  case corrupt(path: String, reason: String)
  /// There are checkpoints, and none of them can be trusted.
  case noneIntact(directory: String, reasons: [String])
  /// What was asked for is not there.
  case missing(path: String, reason: String)
  /// Tensors or state that must not be written.
  case unwritable(reason: String)
  /// Another process has opened the same store for writing since.
  case superseded(directory: String)
  /// A run directory that may not be used the way it was asked for.
  case refused(path: String, reason: String)

  /// One sentence saying what is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .corrupt(let path, let reason):
      "\(path) is damaged or no checkpoint file: \(reason)"
    case .noneIntact(let directory, let reasons):
      "no checkpoint in \(directory) is intact: \(reasons.joined(separator: "; "))"
    case .missing(let path, let reason):
      "\(path): \(reason)"
    case .unwritable(let reason):
      "refusing to write a checkpoint: \(reason)"
    case .superseded(let directory):
      "another process has taken over \(directory): stopping rather than overwriting its checkpoints"
    case .refused(let path, let reason):
      "\(path) \(reason)"
    }
  }
}
