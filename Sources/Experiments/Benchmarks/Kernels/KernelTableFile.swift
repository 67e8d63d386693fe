import Checkpoints
import Foundation
import Kernels

/// The source file that holds the table of kernels.
struct KernelTableFile {
  /// Where it is.
  let path: String

  /// Its place in a checkout, seen from there.
  static let standardPath = "Sources/Kernels/KernelTable+Tuned.swift"

  /// The file to write: `path`, or the one of the checkout that is the current folder.
  ///
  /// - Throws: `ExperimentError.usage` where that is no checkout.
  init(_ path: String?) throws {
    if path == nil, !FileManager.default.fileExists(atPath: Self.standardPath) {
      throw ExperimentError.usage(
        "--tune rewrites \(Self.standardPath), which is not below the current folder: go to the top of a "
          + "checkout, or name a file with --output")
    }
    self.path = path ?? Self.standardPath
  }

  /// What the file says now; the table of this program where there is no file.
  ///
  /// - Throws: `ExperimentError.badData` for a file that is none of these, or `KernelTableError`.
  func read() throws -> KernelTable {
    guard FileManager.default.fileExists(atPath: path) else { return .tuned }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let parts = text.components(separatedBy: "\"\"\"")
    guard parts.count == 3 else {
      throw ExperimentError.badData("\(path) holds no table of kernels: remove it, or name another file")
    }
    return try KernelTable(parsing: parts[1])
  }

  /// Writes Swift source.
  ///
  /// - Throws: `FileError`.
  func write(_ table: KernelTable) throws {
    let lines = table.text.split(separator: "\n").map { "    \($0)\n" }.joined()
    try AtomicFile.write(
      """
      extension KernelTable {
        /// Written by `holdfast bench kernels --tune`, at micro-batches of 32.
        // swift-format-ignore
        static let tunedLines = \"\"\"
      \(lines)    \"\"\"
      }

      """, to: path)
  }
}
