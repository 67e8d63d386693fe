public import Foundation

/// The programs built beside the running test binary.
public enum BuiltProducts {
  /// The folder of the build (debug or release) that the running tests come from.
  public static var directory: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }

  /// The path of a built executable target.
  ///
  /// - Throws: ``MissingProduct`` where it has not been built; name it in the test target's dependencies.
  public static func executable(_ name: String) throws -> URL {
    let url = directory.appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: url.path) else { throw MissingProduct(path: url.path) }
    return url
  }
}

/// An executable that a test needs is not there.
public struct MissingProduct: Error, Sendable, CustomStringConvertible {
  /// Where it was looked for.
  public let path: String

  /// A sentence with the path.
  public var description: String { "no executable at \(path): add it to the test target's dependencies" }
}
