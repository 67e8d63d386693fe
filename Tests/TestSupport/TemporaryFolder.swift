public import Foundation

/// An empty folder of a test's own, removed with everything in it when the test ends.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes the folder.
  public init() throws {
    path = try makeTemporaryDirectory().path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The bytes of a file.
  public func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: url(name))
  }

  /// Writes a file, with the folders it lies in, and returns its path.
  @discardableResult
  public func put(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
    let url = url(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes a file of text, and returns its path.
  @discardableResult
  public func put(_ text: String, _ name: String) throws -> String {
    try put(text.utf8, name)
  }

  /// Whether there is a file.
  public func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: url(name).path)
  }

  /// The names in the folder or one below it, hidden ones included.
  public func names(_ below: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(below)").sorted()
  }

  private func url(_ name: String) -> URL {
    URL(fileURLWithPath: path).appendingPathComponent(name)
  }
}
