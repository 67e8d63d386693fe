import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("evaluate --diagnostics tells masked gradients from honest ones")
struct DiagnosticsTests {
  private static let attack = ["--attack", "pgd", "--limit", "120", "--diagnostics"]

  /// Copies the run's weights, the last layer of which is scaled.
  private func weights(_ run: TrainedRun, scaledBy factor: Float, as name: String) throws -> String {
    let checkpoints = run.folder.url("checkpoints")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: checkpoints.path)
    let path = try #require(paths.sorted().last { $0.hasSuffix("model.safetensors") })
    let file = try SafetensorsFile(contentsOf: checkpoints.appendingPathComponent(path).path)
    let last = Set(file.tensors.suffix(2).map(\.name))
    let tensors = file.tensors.map { tensor in
      last.contains(tensor.name)
        ? NamedTensor(name: tensor.name, shape: tensor.shape, values: tensor.values.map { $0 * factor })
        : tensor
    }
    let output = run.folder.directory.appendingPathComponent(name).path
    try SafetensorsFile(tensors: tensors).write(to: output)
    return output
  }

  private func evaluate(
    _ weights: String, _ run: TrainedRun, _ arguments: [String] = [], ranks: Int? = nil
  ) async throws -> (messages: [String], warnings: [String]) {
    let output = run.folder.directory.appendingPathComponent("out-\(ranks ?? 0)-\(UUID().uuidString)").path
    let result = try await holdfast(
      [
        "evaluate", weights, "--model", "cnn-small", "--data", "synthetic", "--epsilon", "0.06",
        "--threads", "1", "--output", output,
      ] + Self.attack + arguments, ranks: ranks, in: run.folder.directory)
    try #require(result.exitCode == 0, "\(result.standardError)")
    let record = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(output)/evaluation.json"))) as? [String: Any])
    let isDiagnosis = { (text: String) in text.contains("diagnostics on the first 120 samples, linf") }
    return (
      result.messages(with: "warning: diagnostics").filter(isDiagnosis),
      try #require(record["warnings"] as? [String]).filter(isDiagnosis)
    )
  }

  @Test(
    "A model that gives its gradients away draws no warning, a saturated one several, on any number of ranks")
  func masked() async throws {
    try await withTrainedRun { run in
      let honest = try weights(run, scaledBy: 1, as: "honest.safetensors")
      let saturated = try weights(run, scaledBy: 1e4, as: "saturated.safetensors")

      #expect(try await evaluate(honest, run).warnings == [])
      // Of all models its own copy is the one whose examples cannot be stronger.
      #expect(try await evaluate(honest, run, ["--transfer-from", honest]).warnings == [])

      let alone = try await evaluate(saturated, run, ["--transfer-from", honest])
      #expect(alone.messages.count == alone.warnings.count)
      for text in [
        "gradient steps than at the clean image", "a working attack leaves none", "examples made on",
      ] {
        #expect(alone.warnings.count { $0.contains(text) } == 1, "\(text): \(alone.warnings)")
      }
      let spread = try await evaluate(saturated, run, ["--transfer-from", honest], ranks: 2)
      #expect(spread.warnings == alone.warnings)
    }
  }

  @Test("--transfer-from needs --diagnostics, and a model that is there")
  func refusals() async throws {
    try await withTrainedRun { run in
      let idle = try await run.evaluate(["--transfer-from", "run"], into: "a")
      #expect(idle.exitCode == 64)
      let missing = try await run.evaluate(
        ["--diagnostics", "--transfer-from", "nowhere"], into: "b", ranks: 2)
      #expect(missing.exitCode == 66)
      #expect(missing.messages(with: "nowhere").count == 1, "\(missing.standardError)")
    }
  }
}
