import Foundation

/// A file operation the system refused.
///
/// Carries the operation, the path and the `errno` code, so that a message says what could not be done, where
/// and why.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was attempted, as a verb: `write`, `rename`, `open`.
  public let operation: String
  /// The file or folder it was attempted on.
  public let path: String
  /// The `errno` code.
  public let code: Int32

  /// Describes a failed operation; `code` defaults to the calling thread's `errno`.
  package init(_ operation: String, _ path: String, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// Whether the file is not there, as opposed to unreadable.
  public var isMissing: Bool { code == ENOENT || code == ENOTDIR }

  /// One sentence: operation, path, the system's reason, and a remedy where there is a usual one.
  public var description: String {
    let reason = "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    let symbol = Self.symbols[code].map { " (\($0))" } ?? " (errno \(code))"
    return reason + symbol + (Self.remedies[code].map { "; \($0)" } ?? "")
  }

  private static let symbols: [Int32: String] = [
    ENOSPC: "ENOSPC", EDQUOT: "EDQUOT", EROFS: "EROFS", EACCES: "EACCES", EPERM: "EPERM", ENOENT: "ENOENT",
    ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EEXIST: "EEXIST", EIO: "EIO", EFBIG: "EFBIG", EMFILE: "EMFILE",
    ENAMETOOLONG: "ENAMETOOLONG", ELOOP: "ELOOP", ENOTEMPTY: "ENOTEMPTY", ESTALE: "ESTALE", ENOMEM: "ENOMEM",
    EINVAL: "EINVAL",
  ]

  private static let remedies: [Int32: String] = [
    ENOSPC: "free some space there or write elsewhere",
    EDQUOT: "the quota is used up: free some space there or write elsewhere",
    EROFS: "choose a folder on a writable file system",
    EACCES: "check the permissions of the file and its folder",
    EFBIG: "no file of this kind is that large: check what it is",
    ENOMEM: "it does not fit into the memory that is left: check what it is",
  ]
}
