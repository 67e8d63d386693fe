import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("What a run leaves for people to look at")
struct RunRecordTests {
  private static let configuration = """
    data: {name: synthetic, samples: 80, testSamples: 37, validation: 16, noise: 0.9}
    model: {name: mlp, hidden: [16]}
    batch: {size: 16, microbatch: 4}
    epochs: 3
    threat: {norm: linf, epsilon: 0.06}
    training: {method: pgd, steps: 2}
    evaluation: {attack: {name: pgd, steps: 2}, final: [fgsm, {name: pgd, steps: 3, restarts: 2}]}
    checkpoint: {everySteps: 1, keep: 100}
    """

  private func table(_ run: RunFolder) throws -> [[Substring]] {
    try String(contentsOf: run.url("metrics.csv"), encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
  }

  private func eventFiles(_ run: RunFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: run.url("tensorboard").path).sorted()
  }

  @Test("One table, one event file and one report, by any number of ranks", arguments: [nil, 3] as [Int?])
  func files(ranks: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")

      let table = try table(run)
      #expect(table.map { $0[0] } == ["epoch", "1", "2", "3"])
      #expect(table.allSatisfy { $0.count == table[0].count || $0.count > 21 })
      let names = try eventFiles(run)
      #expect(names.count == 1)
      let events = try Data(contentsOf: run.url("tensorboard/\(names[0])"))
      for tag in [
        "train/loss", "validation/robust accuracy", "validation/adversarial examples",
        "test/accuracy under pgd-3 x2 linf 0.06", "_hparams_/session_start_info", "time/share of waiting",
      ] {
        #expect(events.range(of: Data(tag.utf8)) != nil, "\(tag)")
      }
      let report = try String(contentsOf: run.url("report.html"), encoding: .utf8)
      for text in [
        "Robust accuracy, l∞ 0.06, at most", "pgd-3 x2, l∞ 0.06", "data:image/png;base64,", "samples: 80",
      ] {
        #expect(report.contains(text), "\(text)")
      }
      #expect(result.messages(with: "report: run/report.html").count == 1)
      let phases = try #require(
        try String(contentsOf: run.url("metrics.jsonl"), encoding: .utf8).split(separator: "\n")
          .first { $0.contains("\"event\":\"epoch\"") })
      for name in ["attack", "gradient", "reduction", "waiting", "other"] {
        #expect(phases.contains("\"\(name)\":"))
      }
    }
  }

  @Test("A resumed run adds an event file, and every epoch stands in the table once")
  func resumed() async throws {
    try await withRunFolder(Self.configuration) { run in
      let first = try await holdfast(run.training(), in: run.directory)
      try #require(first.exitCode == 0, "\(first.standardError)")
      try run.forget(behind: 6)

      let second = try await holdfast(run.training("--resume"), ranks: 2, in: run.directory)

      #expect(second.exitCode == 0, "\(second.standardError)")
      #expect(try table(run).map { $0[0] } == ["epoch", "1", "2", "3"])
      #expect(try eventFiles(run).count == 2)
    }
  }

  @Test("Examples are the same from any number of ranks, and those that the verdicts tell of")
  func examples() async throws {
    try await withTrainedRun { run in
      let arguments = ["--attack", "pgd,autoattack", "--steps", "3", "--epsilon", "0.06"]
      var files: [String: Set<Data>] = [:]
      for ranks in [nil, 2, 3] as [Int?] {
        let output = "results-\(ranks ?? 0)"
        let result = try await run.evaluate(
          arguments + ["--queries", "20", "--limit", "60"], into: output, ranks: ranks)
        try #require(result.exitCode == 0, "\(result.standardError)")
        for name in [
          "examples.safetensors", "examples-1-pgd-linf-0.06.png", "examples-2-autoattack-linf-0.06.png",
        ] {
          files[name, default: []].insert(try Data(contentsOf: run.url(output, name)))
        }
      }
      for (name, contents) in files { #expect(contents.count == 1, "\(name)") }

      let file = try SafetensorsFile(contentsOf: run.url("results-0", "examples.safetensors").path)
      let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.values) })
      let verdicts = try Data(contentsOf: run.url("results-0", "verdicts.jsonl"))
        .split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Verdict.self, from: $0) }
      let attacks = try #require(tensors["attacks"])
      let indices = try #require(tensors["indices"])
      let predictions = try #require(tensors["predictions_adversarial"])
      for (number, name) in ["pgd", "autoattack"].enumerated() {
        let rows = attacks.indices.filter { attacks[$0] == Float(number) }
        let own = verdicts.filter { $0.attack == name }
        // The first eight that it broke, and the first four that it did not.
        let expected =
          own.filter { $0.verdict == "broken" }.prefix(8) + own.filter { $0.verdict == "undecided" }.prefix(4)
        #expect(rows.map { Int(indices[$0]) } == expected.map(\.index))
        #expect(rows.map { Int(predictions[$0]) } == expected.map(\.predicted))
        #expect(expected.contains { $0.verdict == "broken" })
      }
    }
  }

  @Test("`report` compares runs, under mpirun too, and replaces nothing but reports")
  func report() async throws {
    try await withTrainedRun { run in
      let first = try await run.evaluate(
        ["--attack", "fgsm,pgd", "--steps", "2", "--limit", "50"], into: nil)
      try #require(first.exitCode == 0, "\(first.standardError)")
      let directory = run.folder.directory
      try FileManager.default.copyItem(at: run.folder.url(), to: directory.appendingPathComponent("other"))

      let result = try await holdfast(
        ["report", "run", "other", "--csv", "table.csv"], ranks: 2, in: directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(result.standardOutput == "report: report.html\ntable: table.csv\n")
      let page = try String(contentsOf: directory.appendingPathComponent("report.html"), encoding: .utf8)
      #expect(page.contains("run: pgd-2") && page.contains("other: pgd-2"))
      let again = try await holdfast(["report", "run/", "--output", "report.html"], in: directory)
      #expect(again.exitCode == 0, "\(again.standardError)")

      try Data("precious".utf8).write(to: directory.appendingPathComponent("report.html"))
      let refused = try await holdfast(["report", "run", "other"], ranks: 2, in: directory)
      #expect(refused.exitCode == 64)
      #expect(refused.messages(with: "report.html", "no report of this program").count == 1)
    }
  }

  @Test("What is no run is said once", arguments: ["missing", "empty"])
  func noRun(name: String) async throws {
    try await withTemporaryDirectory { directory in
      let empty = directory.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
      let result = try await holdfast(["report", name], ranks: 2, in: directory)
      #expect(result.exitCode == 66)
      #expect(result.messages(with: name).count == 1, "\(result.standardError)")
    }
  }

  @Test(
    "On a terminal a line is replaced in place, elsewhere there are plain lines",
    arguments: [nil, 2] as [Int?])
  func progress(ranks: Int?) async throws {
    // Long enough that not every epoch gets a line.
    let configuration = Self.configuration.replacing("epochs: 3", with: "epochs: 150")
      .replacing("everySteps: 1, keep: 100", with: "everyEpochs: 50")
    try await withRunFolder(configuration) { run in
      // That a validation begins is shown however short it is.
      let terminal = try await holdfast(
        run.training("evaluation.everyEpochs=1"), ranks: ranks, in: run.directory,
        environment: ["HOLDFAST_PROGRESS": "terminal", "COLUMNS": "60"])
      try #require(terminal.exitCode == 0, "\(terminal.standardError)")
      let shown = terminal.standardError.components(separatedBy: "\r\u{1B}[K").dropFirst()
        .map { $0.prefix { $0 != "\n" } }
      #expect(shown.contains { $0.hasPrefix("holdfast: epoch ") && $0.contains("validating") })
      #expect(shown.filter { $0.contains("validating") }.allSatisfy { $0.count < 60 })
      // Nothing of it stays.
      #expect(shown.last?.contains("validating") != true)

      let plain = try await holdfast(
        run.training("--overwrite"), ranks: ranks, in: run.directory,
        environment: ["HOLDFAST_PROGRESS": "lines"])
      #expect(plain.exitCode == 0)
      #expect(!plain.standardError.contains("\u{1B}") && !plain.standardError.contains("\r"))
      for epoch in [51, 150] {
        #expect(plain.messages(with: "epoch \(epoch)/150", "training accuracy", "waiting").count == 1)
      }
    }
  }
}
