import Foundation
import TestSupport
import Testing

@Suite("Resuming beside damaged checkpoints")
struct DamagedCheckpointTests {
  private static let configuration = """
    data: {name: synthetic, samples: 37, testSamples: 12}
    model: {name: cnn-small}
    batch: {size: 16, microbatch: 4}
    epochs: 2
    training: {method: fgsm-rs}
    evaluation: {final: [fgsm]}
    checkpoint: {everySteps: 1, keep: 100}
    """

  /// A way in which a file is not what it was.
  enum Damage: String, CaseIterable, Sendable {
    case flippedByte, truncated, emptied, removed

    func apply(to url: URL) throws {
      var data = try Data(contentsOf: url)
      switch self {
      case .flippedByte: data[data.count - 5] ^= 0x10
      case .truncated: data.removeLast(3)
      case .emptied: data = Data()
      case .removed: return try FileManager.default.removeItem(at: url)
      }
      try data.write(to: url)
    }
  }

  @Test(
    "The newest checkpoint is passed over with a warning, and the end has the same bits",
    arguments: ["model.safetensors", "optimizer.safetensors", "state.json"], Damage.allCases)
  func newest(file: String, damage: Damage) async throws {
    try await withRun { run in
      let before = (try run.checkpoints(), try run.evaluationText())
      try damage.apply(to: run.url(step: 6, file))

      let ranks = damage == .flippedByte ? 2 : nil
      let result = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0)
      let warnings = result.messages.filter { $0.hasPrefix("warning: skipped a checkpoint: ") }
      #expect(warnings.count == 1)
      #expect(warnings.first?.contains("run/checkpoints/step-00000006/\(file)") == true)
      #expect(try run.events("resume").map(\.step) == [5])
      #expect(try run.events("warning").count == 1)
      #expect(try run.checkpoints() == before.0)
      #expect(try run.evaluationText() == before.1)
    }
  }

  @Test("The two newest are passed over")
  func twoNewest() async throws {
    try await withRun { run in
      let before = try run.checkpoints()
      try Damage.flippedByte.apply(to: run.url(step: 6, "model.safetensors"))
      try Damage.truncated.apply(to: run.url(step: 5, "optimizer.safetensors"))

      let result = try await holdfast(run.training("--resume"), ranks: 3, in: run.directory)

      #expect(result.exitCode == 0)
      #expect(result.messages(with: "skipped a checkpoint").count == 2)
      #expect(try run.events("resume").map(\.step) == [4])
      #expect(try run.checkpoints() == before)
    }
  }

  @Test("Nothing intact is an error that names what there is", arguments: [nil, 1, 2, 4] as [Int?])
  func noneIntact(ranks: Int?) async throws {
    try await withRun { run in
      for step in run.steps { try Damage.flippedByte.apply(to: run.url(step: step, "model.safetensors")) }
      let before = try run.checkpoints()

      let result = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 65)
      #expect(result.messages(with: "no checkpoint in run/checkpoints is intact", "step-00000006").count == 1)
      #expect(try run.checkpoints() == before)
    }
  }

  @Test("A checkpoint that is named by its path is verified, and is the only one")
  func named() async throws {
    try await withRun { run in
      let evaluation = ["evaluate", "run/checkpoints/step-00000006", "--attack", "none", "--threads", "1"]
      let chosen = try await holdfast(evaluation + ["--checkpoint", "latest"], in: run.directory)
      #expect(chosen.exitCode == 64)
      #expect(chosen.messages(with: "--checkpoint latest", "is no run").count == 1, "\(chosen.standardError)")

      try Damage.flippedByte.apply(to: run.url(step: 6, "model.safetensors"))
      let damaged = try await holdfast(evaluation, ranks: 2, in: run.directory)
      #expect(damaged.exitCode == 65)
      #expect(damaged.messages(with: "step-00000006").count == 1, "\(damaged.standardError)")
      #expect(damaged.standardOutput.isEmpty)
    }
  }

  private func withRun(_ body: (RunFolder) async throws -> Void) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      try await body(run)
    }
  }
}
