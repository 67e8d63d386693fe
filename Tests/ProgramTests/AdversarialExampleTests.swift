import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Adversarial examples are written")
struct AdversarialExampleTests {
  private static let pgd = ["--attack", "pgd", "--steps", "4", "--restarts", "2", "--limit", "50"]

  private func attack(
    _ run: TrainedRun, _ arguments: [String], output: String = "examples.safetensors", ranks: Int? = nil
  ) async throws -> RankJobResult {
    try await holdfast(
      ["attack", "run", "--threads", "1", "--output", output] + arguments, ranks: ranks,
      in: run.folder.directory)
  }

  private func examples(_ run: TrainedRun, _ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(contentsOf: run.folder.directory.appendingPathComponent(name).path)
  }

  @Test("The examples are those that the evaluation counts, within the threat model")
  func examples() async throws {
    try await withTrainedRun { run in
      let evaluated = try await run.evaluate(Self.pgd, into: "results")
      try #require(evaluated.exitCode == 0, "\(evaluated.standardError)")
      let result = try await attack(run, Self.pgd)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let file = try examples(run, "examples.safetensors")
      let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
      let adversarial = try #require(tensors["adversarial"])
      let clean = try #require(tensors["clean"])
      let before = try #require(tensors["predictions_clean"])
      let after = try #require(tensors["predictions_adversarial"])
      let labels = try #require(tensors["labels"])
      let verdicts = try Data(contentsOf: run.url("results", "verdicts.jsonl"))
        .split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Verdict.self, from: $0) }

      #expect(adversarial.shape == [50, 1, 28, 28])
      #expect(clean.shape == adversarial.shape)
      #expect(try #require(tensors["indices"]).values == (0..<50).map(Float.init))
      #expect(labels.values == verdicts.map { Float($0.label) })
      #expect(after.values == verdicts.map { Float($0.predicted) })
      var broken = 0
      for (sample, verdict) in verdicts.enumerated() {
        let pixels = sample * 784..<(sample + 1) * 784
        let largest = pixels.map { abs(adversarial.values[$0] - clean.values[$0]) }.max() ?? 0
        #expect(largest <= 0.0600001)
        #expect((verdict.verdict == "clean-wrong") == (before.values[sample] != labels.values[sample]))
        // What was wrong before is not attacked.
        #expect((verdict.verdict == "clean-wrong") == (largest == 0))
        if verdict.verdict == "broken" { broken += 1 }
      }
      #expect(broken > 0)
      #expect(broken < 50)
      #expect(file.metadata["attack"]?.hasPrefix("pgd-4 (linf, epsilon 0.06") == true)
      #expect(file.metadata["checkpoint_sha256"]?.count == 64)
      let picture = try Data(contentsOf: run.folder.directory.appendingPathComponent("examples.png"))
      #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }
  }

  @Test("Any number of ranks writes the same files")
  func ranks() async throws {
    try await withTrainedRun { run in
      var files: Set<Data> = []
      for ranks in [nil, 2, 3] as [Int?] {
        let name = "examples-\(ranks ?? 0)"
        let result = try await attack(
          run, ["--attack", "autoattack", "--steps", "4", "--queries", "20", "--limit", "50"],
          output: "\(name).safetensors", ranks: ranks)
        try #require(result.exitCode == 0, "\(result.standardError)")
        for suffix in ["safetensors", "png"] {
          files.insert(try Data(contentsOf: run.folder.directory.appendingPathComponent("\(name).\(suffix)")))
        }
      }
      #expect(files.count == 2)
    }
  }

  @Test(
    "What cannot be written is said before anything is computed",
    arguments: [
      (["--attack", "pgd,fgsm"], "examples.safetensors", "there are 2"),
      (["--attack", "none"], "examples.safetensors", "none is no attack"),
      (["--attack", "pgd", "--epsilon", "0.1,0.2"], "examples.safetensors", "there are 2"),
      (["--attack", "pgd"], "examples.bin", "ends in .safetensors"),
      (["--attack", "pgd"], "taken.safetensors", "is there already"),
    ])
  func refused(arguments: [String], output: String, text: String) async throws {
    try await withTrainedRun { run in
      try Data("x".utf8).write(to: run.folder.directory.appendingPathComponent("taken.png"))
      let result = try await attack(run, arguments, output: output, ranks: 2)

      #expect(result.exitCode == 64)
      #expect(result.messages(with: text).count == 1, "\(result.standardError)")
      #expect(
        !FileManager.default.fileExists(atPath: run.folder.directory.appendingPathComponent(output).path))
    }
  }

  @Test("--json prints one object")
  func json() async throws {
    try await withTrainedRun { run in
      let result = try await attack(run, Self.pgd + ["--json"], ranks: 2)
      try #require(result.exitCode == 0, "\(result.standardError)")

      let object = try #require(
        JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
      #expect(Set(object.keys) == ["output", "picture", "evaluation"])
    }
  }
}
