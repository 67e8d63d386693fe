/// What is wrong with a data set, a file of it, or the request for it.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The class of the failure; decides the program's exit code.
  public enum Kind: String, Sendable, Codable {
    /// A file or folder that is needed is not there.
    case missing
    /// A file is there, and what it holds is not what it has to be.
    case malformed
    /// A download failed: unreachable server, refused request, wrong checksum.
    case network
    /// The operating system refused to read or write.
    case io
    /// What was asked for cannot be had from any data: an unknown name, a split larger than the data.
    case usage
  }

  /// The class of the failure.
  public let kind: Kind
  /// The file or folder concerned, if there is one.
  public let path: String?
  /// What is wrong and what to do about it, without the path.
  public let reason: String

  /// Creates an error.
  public init(_ kind: Kind, path: String? = nil, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// One sentence: where, what, and what to do.
  public var description: String {
    guard let path else { return reason }
    return "\(path): \(reason)"
  }
}
