import Foundation
import TestSupport
import Testing

@Suite("Evaluating beside damaged checkpoints")
struct DamagedBestTests {
  private static let configuration = """
    data: {name: synthetic, samples: 60, testSamples: 12, validation: 12}
    model: {name: mlp, hidden: [8]}
    batch: {size: 16, microbatch: 4}
    epochs: 3
    training: {method: fgsm}
    evaluation: {everyEpochs: 1, attack: {name: pgd, steps: 2}, final: [fgsm]}
    checkpoint: {everyEpochs: 1, keep: 100}
    """
  private static let evaluate = [
    "evaluate", "run", "--attack", "fgsm", "--threads", "1", "--output",
  ]

  @Test(
    "A note of the best checkpoint that is empty, torn or names nothing leads to the newest, with a warning",
    arguments: ["", "step-0000", "step-99999999\n", "../../elsewhere\n", "\u{0}\u{0}"])
  func notes(text: String) async throws {
    try await withRun { run in
      try Data(text.utf8).write(to: run.url("checkpoints/best"))

      let result = try await holdfast(Self.evaluate + ["out"], ranks: 2, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(
        result.messages(with: "warning: ", "using the newest intact checkpoint instead").count == 1)
      let newest = try #require(run.steps.last)
      #expect(
        try used(in: "out", run) == run.url(step: newest, "model.safetensors").lastPathComponents(3)
      )
    }
  }

  @Test("A damaged best checkpoint is replaced by the newest, with a warning that names the file")
  func best() async throws {
    try await withRun { run in
      let note = try String(contentsOf: run.url("checkpoints/best"), encoding: .utf8)
      let best = try #require(
        Int(note.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst(5)))
      let other = try #require(run.steps.last { $0 != best })
      try flip(run.url(step: best, "model.safetensors"))

      let result = try await holdfast(Self.evaluate + ["out"], in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(result.messages(with: "the best checkpoint is lost", "model.safetensors").count == 1)
      #expect(
        try used(in: "out", run) == run.url(step: other, "model.safetensors").lastPathComponents(3))
    }
  }

  @Test(
    "Where every checkpoint is damaged, that is one error that names them",
    arguments: [nil, 2] as [Int?])
  func all(ranks: Int?) async throws {
    try await withRun { run in
      for step in run.steps { try flip(run.url(step: step, "state.json")) }

      let result = try await holdfast(Self.evaluate + ["out"], ranks: ranks, in: run.directory)

      #expect(result.exitCode == 65)
      #expect(
        result.messages(with: "no checkpoint in run/checkpoints is intact", "step-00000003").count
          == 1)
      #expect(
        !FileManager.default.fileExists(atPath: run.directory.appendingPathComponent("out").path))
    }
  }

  @Test(
    "The note of the newest checkpoint may be lost or wrong: resuming looks at the checkpoints themselves"
  )
  func latest() async throws {
    for text in ["", "step-0", "step-00000001\n", "step-99999999\n"] {
      try await withRun { run in
        let before = try run.checkpoints()
        try Data(text.utf8).write(to: run.url("checkpoints/latest"))
        try FileManager.default.removeItem(at: run.url("evaluations"))

        let result = try await holdfast(run.training("--resume"), ranks: 3, in: run.directory)

        #expect(result.exitCode == 0, "\(result.standardError)")
        #expect(try run.events("resume").map(\.step) == [run.steps.last])
        #expect(try run.checkpoints() == before)
      }
    }
  }

  private func flip(_ url: URL) throws {
    var data = try Data(contentsOf: url)
    data[data.count / 2] ^= 1
    try data.write(to: url)
  }

  /// The last components of the path of the weights that an evaluation measured.
  private func used(in folder: String, _ run: RunFolder) throws -> String {
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: run.directory.appendingPathComponent(folder).path)
    let record = try #require(files.first { $0.hasSuffix("evaluation.json") })
    let url = run.directory.appendingPathComponent(folder).appendingPathComponent(record)
    let evaluation = try JSONDecoder().decode(EvaluationFile.self, from: Data(contentsOf: url))
    return URL(fileURLWithPath: evaluation.checkpoint.path).lastPathComponents(3)
  }

  private func withRun(_ body: (RunFolder) async throws -> Void) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      try await body(run)
    }
  }
}

extension URL {
  fileprivate func lastPathComponents(_ count: Int) -> String {
    pathComponents.suffix(count).joined(separator: "/")
  }
}
