/// A data file that was read: where it is, what it holds, and whether that is what was published.
public struct DataFileRecord: Sendable, Equatable, Codable {
  /// How a file compares with the published one.
  public enum Verdict: String, Sendable, Codable {
    /// The checksum is the published one.
    case matches
    /// The checksum is not the published one.
    case differs
    /// No checksum is published for the file as it is stored here.
    case unknown
  }

  /// Where the file is.
  public let path: String
  /// The number of bytes after decompression.
  public let byteCount: Int
  /// The SHA-256 of the contents after decompression, in hexadecimal.
  public let sha256: String
  /// The published SHA-256 of the contents, if there is one.
  public let expected: String?
  /// How the file compares with the published one.
  public let verdict: Verdict
}
