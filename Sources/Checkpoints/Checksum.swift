import Crypto
public import Foundation

/// SHA-256 as 64 lower-case hexadecimal digits, the form results and checkpoints name files by.
public enum Checksum {
  /// The checksum of bytes in memory.
  public static func sha256(_ data: Data) -> String {
    var text = ""
    text.reserveCapacity(64)
    for byte in SHA256.hash(data: data) {
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    return text
  }

  /// The checksum of a file.
  ///
  /// - Throws: `FileError` if it cannot be read.
  public static func sha256(ofFile path: String) throws(FileError) -> String {
    sha256(try FileSystem.read(path))
  }
}
