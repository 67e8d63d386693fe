import Checkpoints
import Crypto
import Foundation
import Tensors
import TestSupport

/// A working directory with a configuration and, after training, a run in `run`.
struct RunFolder: Sendable {
  let directory: URL

  /// Writes `config.yaml` into a directory.
  init(_ directory: URL, configuration: String) throws {
    self.directory = directory
    try Data(configuration.utf8).write(to: directory.appendingPathComponent("config.yaml"))
  }

  /// The arguments that train here on one thread.
  func training(_ arguments: String..., threads: Int = 1) -> [String] {
    ["train", "config.yaml", "--output", "run", "--threads", "\(threads)"] + arguments
  }

  /// A file or folder of the run.
  func url(_ path: String = "") -> URL {
    directory.appendingPathComponent("run").appendingPathComponent(path)
  }

  /// A file of a checkpoint.
  func url(step: Int, _ file: String) -> URL {
    url("checkpoints/step-\(String(repeating: "0", count: 8 - "\(step)".count))\(step)/\(file)")
  }

  /// The steps there are checkpoints of.
  var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url("checkpoints").path)) ?? []
    return names.filter { $0.hasPrefix("step-") }.compactMap { Int($0.dropFirst("step-".count)) }.sorted()
  }

  /// The SHA-256 of every checkpoint's weights and optimizer state, and of what its method carries where it does.
  func checkpoints() throws -> [Int: [String]] {
    try Dictionary(
      uniqueKeysWithValues: steps.map { step in
        var files = ["model.safetensors", "optimizer.safetensors"]
        let carried = "training.safetensors"
        if FileManager.default.fileExists(atPath: url(step: step, carried).path) { files.append(carried) }
        return (step, try files.map { try Self.sha256(url(step: step, $0)) })
      })
  }

  /// The tensors of a checkpoint's file by name.
  func tensors(step: Int, _ file: String) throws -> [String: [Float]] {
    let tensors = try SafetensorsFile(contentsOf: url(step: step, file).path).tensors
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values) })
  }

  /// Removes the checkpoints behind a step, as if the run had been killed there.
  func forget(behind step: Int) throws {
    let names = ["checkpoints/latest", "checkpoints/best", "evaluations"]
    let doomed = names.map { url($0) } + steps.filter { $0 > step }.map { url(step: $0, "") }
    for url in doomed where FileManager.default.fileExists(atPath: url.path) {
      try FileManager.default.removeItem(at: url)
    }
  }

  /// The SHA-256 of every file of the run, by path.
  func allFiles() throws -> [String: String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: url().path)
    let files = paths.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: url(path).path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
    return try Dictionary(uniqueKeysWithValues: files.map { ($0, try Self.sha256(url($0))) })
  }

  /// Whether a step has been taken, and a checkpoint is on the disk.
  func hasReached(step: Int, checkpoint: Int) throws -> Bool {
    guard try events("step").contains(where: { $0.step == step }) else { return false }
    return steps.contains(checkpoint)
  }

  /// The log's lines of one kind.
  func events(_ kind: String) throws -> [Event] { try allEvents().filter { $0.event == kind } }

  /// The log's lines in the order of writing.
  func allEvents() throws -> [Event] {
    guard let log = try? Data(contentsOf: url("metrics.jsonl")) else { return [] }
    // The last line may be under way.
    return try log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      .filter { !$0.isEmpty }.compactMap { line in
        // A kill may tear a line; the next job goes on behind it.
        line.last == UInt8(ascii: "}") ? try JSONDecoder().decode(Event.self, from: line) : nil
      }
  }

  private static func sha256(_ url: URL) throws -> String {
    SHA256.hash(data: try Data(contentsOf: url)).map { String(format: "%02x", $0) }.joined()
  }
}

/// What these tests read of a line of `metrics.jsonl`.
struct Event: Decodable, Sendable {
  let event: String
  let step: Int?
  let ranks: Int?
}

/// Runs `body` with a working directory that holds a configuration.
func withRunFolder<Value>(
  _ configuration: String, isolation: isolated (any Actor)? = #isolation,
  _ body: (RunFolder) async throws -> Value
) async throws -> Value {
  try await withTemporaryDirectory { try await body(RunFolder($0, configuration: configuration)) }
}
