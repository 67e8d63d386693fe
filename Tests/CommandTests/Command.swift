import Foundation
import TestSupport

/// Runs the program with arguments on a number of ranks; nil is without a launcher.
///
/// It sees no data but those in `data` and those that come with it.
func runHoldfast(
  _ arguments: [String], ranks: Int? = nil, data: URL, directory: URL? = nil,
  environment: [String: String] = [:]
) async throws -> RankJobResult {
  let surroundings = [
    "HOLDFAST_DATA": data.path, "XDG_CACHE_HOME": data.appendingPathComponent("cache").path,
    // A proxy would stand between the program and the test's server.
    "no_proxy": "127.0.0.1",
  ]
  return try await runRanks(
    executable: BuiltProducts.executable("holdfast"), arguments: arguments, ranks: ranks,
    environment: surroundings.merging(environment) { $1 }, directory: directory)
}

/// Runs the program with arguments on a number of ranks; nil is without a launcher.
func holdfast(
  _ arguments: String..., ranks: Int? = nil, data: URL, directory: URL? = nil
) async throws -> RankJobResult {
  try await runHoldfast(arguments, ranks: ranks, data: data, directory: directory)
}

extension RankJobResult {
  /// The program's own lines on standard error; mpirun adds others.
  var messages: [String] {
    standardError.split(separator: "\n").map(String.init).filter { $0.hasPrefix("holdfast: ") }
  }

  /// Standard output as the one JSON object it has to be.
  func json() throws -> [String: Any] {
    guard
      let object = try JSONSerialization.jsonObject(with: Data(standardOutput.utf8)) as? [String: Any]
    else { throw NoObject() }
    return object
  }

  private struct NoObject: Error {}
}

/// Small data files in the format of MNIST.
enum DigitFiles {
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// Writes a well-formed set of 20 + 10 images that nobody published.
  static func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, count) in zip(names, [20, 20, 10, 10]) {
      let file = name.contains("images") ? images(count) : labels(count)
      try Data(file).write(to: folder.appendingPathComponent(name))
    }
  }

  private static func images(_ count: Int) -> [UInt8] {
    [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 4, 0, 0, 0, 5] + (0..<count * 20).map { UInt8($0 % 256) }
  }

  private static func labels(_ count: Int) -> [UInt8] {
    [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<count).map { UInt8($0 % 10) }
  }
}
