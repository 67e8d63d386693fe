import Foundation
import TestSupport

/// A run with a small trained network, which evaluations are made of.
struct TrainedRun: Sendable {
  let folder: RunFolder

  /// 203 test samples: no multiple of a micro-batch, let alone of the ranks.
  static let configuration = """
    data: {name: synthetic, samples: 160, testSamples: 203, noise: 0.9}
    model: {name: cnn-small}
    batch: {size: 32, microbatch: 8}
    epochs: 4
    training: {method: standard}
    threat: {norm: linf, epsilon: 0.06}
    evaluation: {final: [none]}
    checkpoint: {keep: 100}
    """

  /// The weights, trained once for all tests.
  private static let weights = Task {
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      guard result.exitCode == 0 else { throw CommandFailure(command: [result.standardError]) }
      let files = try FileManager.default.subpathsOfDirectory(atPath: run.url().path)
      return try files.filter { !$0.hasPrefix("evaluations") }.compactMap { path -> (String, Data)? in
        var isFolder: ObjCBool = false
        let url = run.url(path)
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        return !exists || isFolder.boolValue ? nil : (path, try Data(contentsOf: url))
      }
    }
  }

  /// Copies the run into a folder.
  init(in folder: RunFolder) async throws {
    self.folder = folder
    for (path, data) in try await Self.weights.value {
      let url = folder.url(path)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }
  }

  /// Evaluates into a folder beside the run.
  func evaluate(
    _ arguments: [String], into output: String?, ranks: Int? = nil, threads: Int = 1,
    meanwhile: (@Sendable (RunningJob) async throws -> Void)? = nil
  ) async throws -> RankJobResult {
    try await holdfast(
      ["evaluate", "run", "--threads", "\(threads)"] + (output.map { ["--output", $0] } ?? []) + arguments,
      ranks: ranks, in: folder.directory, meanwhile: meanwhile)
  }

  /// A file of an evaluation.
  func url(_ output: String, _ file: String) -> URL {
    folder.directory.appendingPathComponent(output).appendingPathComponent(file)
  }

  /// The verdicts of an evaluation, and its record without the time it took.
  func results(_ output: String) throws -> String {
    let record = try JSONSerialization.jsonObject(with: Data(contentsOf: url(output, "evaluation.json")))
    let timeless = try JSONSerialization.data(withJSONObject: withoutSeconds(record), options: [.sortedKeys])
    return String(decoding: timeless, as: UTF8.self)
      + (try String(contentsOf: url(output, "verdicts.jsonl"), encoding: .utf8))
  }

  /// The whole lines of an evaluation's journal.
  func journalLines(_ output: String) -> Int {
    (try? Data(contentsOf: url(output, "journal.jsonl")))?.count { $0 == UInt8(ascii: "\n") } ?? 0
  }
}

/// Runs `body` with a trained run of its own.
func withTrainedRun<Value>(
  isolation: isolated (any Actor)? = #isolation, _ body: (TrainedRun) async throws -> Value
) async throws -> Value {
  try await withRunFolder(TrainedRun.configuration) { try await body(TrainedRun(in: $0)) }
}
