import Foundation
import TestSupport
import Testing

@Suite("AutoAttack finds the same on any number of ranks")
struct EnsembleEvaluationTests {
  private static let small = ["--attack", "autoattack", "--steps", "8", "--queries", "60"]

  private struct Record: Decodable {
    struct Attack: Decodable {
      struct Stage: Decodable {
        let name: String
        let correct: Int
      }
      let name: String
      let version: String?
      let correct: Int
      let total: Int
      let stages: [Stage]
    }
    struct Count: Decodable {
      let correct: Int
      let total: Int
    }
    let clean: Count
    let attacks: [Attack]
    let warnings: [String]
  }

  private struct Verdict: Decodable {
    let index: Int
    let verdict: String
    let by: String?
  }

  private func record(_ run: TrainedRun, _ output: String) throws -> Record {
    try JSONDecoder().decode(Record.self, from: Data(contentsOf: run.url(output, "evaluation.json")))
  }

  private func verdicts(_ run: TrainedRun, _ output: String) throws -> [Verdict] {
    try Data(contentsOf: run.url(output, "verdicts.jsonl")).split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(Verdict.self, from: $0) }
  }

  @Test("Verdicts and counts are the same to the byte for any number of ranks and threads")
  func sameForAllRanks() async throws {
    try await withTrainedRun { run in
      var results: [String] = []
      for (ranks, threads) in [(nil, 1), (1, 2), (2, 1), (3, 2)] as [(Int?, Int)] {
        let output = "results-\(ranks ?? 0)"
        let result = try await run.evaluate(Self.small, into: output, ranks: ranks, threads: threads)
        try #require(result.exitCode == 0, "\(result.standardError)")
        results.append(try run.results(output))
      }
      #expect(Set(results).count == 1)

      let attack = try #require(try record(run, "results-0").attacks.first)
      #expect(attack.stages.map(\.name) == ["apgd-ce", "apgd-t", "fab-t", "square"])
      // Something has to have been decided, and something left.
      #expect(attack.correct > 0)
      #expect(try attack.stages[0].correct < record(run, "results-0").clean.correct)
    }
  }

  @Test("The stages are the verdicts counted by the member that broke a sample")
  func stages() async throws {
    try await withTrainedRun { run in
      let result = try await run.evaluate(Self.small + ["--version", "plus"], into: "results", ranks: 2)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let record = try record(run, "results")
      let verdicts = try verdicts(run, "results")
      let attack = try #require(record.attacks.first)

      #expect(attack.version == "plus with steps 8, queries 60")
      #expect(attack.stages.map(\.name) == ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"])
      var left = record.clean.correct
      for stage in attack.stages {
        left -= verdicts.count { $0.by == stage.name }
        #expect(stage.correct == left, "\(stage.name)")
      }
      #expect(attack.correct == left)
      #expect(verdicts.map(\.index) == Array(0..<203))
      #expect(verdicts.allSatisfy { ($0.verdict == "broken") == ($0.by != nil) })
    }
  }

  @Test("Members listed as attacks of their own find what the ensemble finds")
  func members() async throws {
    try await withTrainedRun { run in
      let ensemble = try await run.evaluate(Self.small, into: "ensemble")
      try #require(ensemble.exitCode == 0, "\(ensemble.standardError)")
      let names = ["apgd-ce", "apgd-t", "fab-t", "square"]
      let single = try await run.evaluate(
        ["--attack", names.joined(separator: ","), "--steps", "8", "--queries", "60"], into: "single",
        ranks: 2)
      try #require(single.exitCode == 0, "\(single.standardError)")
      let alone = try verdicts(run, "single")
      let together = try verdicts(run, "ensemble")

      #expect(alone.count == 4 * 203)
      for sample in 0..<203 {
        let first = names.indices.first { alone[203 * $0 + sample].verdict == "broken" }
        #expect(together[sample].by == first.map { names[$0] }, "sample \(sample)")
      }
    }
  }

  @Test("--limit takes the first samples, and every number says so")
  func limit() async throws {
    try await withTrainedRun { run in
      let arguments = ["--attack", "fgsm", "--limit", "60"]
      let result = try await run.evaluate(arguments, into: "results", ranks: 2)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let all = try await run.evaluate(["--attack", "fgsm"], into: "all")
      try #require(all.exitCode == 0, "\(all.standardError)")
      let record = try record(run, "results")

      #expect(result.standardOutput.contains("n = 60, the first of 203"))
      #expect(!all.standardOutput.contains("the first of"))
      #expect(result.messages(with: "of the first 60, 95 % interval").count == 2)
      #expect(record.clean.total == 60)
      #expect(record.attacks[0].total == 60)
      #expect(record.warnings.contains { $0.contains("only the first 60 of 203 samples") })
      let lines = try String(contentsOf: run.url("results", "verdicts.jsonl"), encoding: .utf8)
      #expect(try String(contentsOf: run.url("all", "verdicts.jsonl"), encoding: .utf8).hasPrefix(lines))
    }
  }

  @Test("--json prints one object and nothing else on standard output")
  func json() async throws {
    try await withTrainedRun { run in
      let result = try await run.evaluate(
        Self.small + ["--limit", "20", "--json"], into: "results", ranks: 2)
      try #require(result.exitCode == 0, "\(result.standardError)")

      let record = try JSONDecoder().decode(Record.self, from: Data(result.standardOutput.utf8))
      #expect(record.attacks[0].total == 20)
      #expect(result.standardOutput.split(separator: "\n").count == 1)
      #expect(result.messages(with: "withstand apgd-ce").count == 1)
    }
  }

  @Test(
    "Too few classes are refused in words",
    arguments: [(3, "standard", "apgd-t and fab-t"), (2, "rand", "apgd-dlr")])
  func classes(count: Int, version: String, members: String) async throws {
    try await withTrainedRun { run in
      let classes = (0..<count).map(String.init).joined(separator: ",")
      let result = try await run.evaluate(
        ["--classes", classes, "--attack", "autoattack", "--version", version], into: "results", ranks: 2)

      #expect(result.exitCode == 64)
      #expect(result.messages(with: members, "there are \(count)").count == 1, "\(result.standardError)")
      #expect(!FileManager.default.fileExists(atPath: run.url("results", "").path))
    }
  }

  @Test(
    "Settings that do nothing, or do not exist, are refused",
    arguments: [
      (["--attack", "pgd", "--version", "plus"], "version does nothing with pgd"),
      (["--attack", "autoattack", "--version", "best"], "standard, plus, rand"),
      (["--attack", "autoattack", "--restarts", "3"], "restarts does nothing with autoattack"),
      (["--attack", "fgsm", "--queries", "3"], "queries does nothing with fgsm"),
    ])
  func settings(arguments: [String], text: String) async throws {
    try await withTrainedRun { run in
      let result = try await run.evaluate(arguments, into: "results")

      #expect(result.exitCode == 64)
      #expect(result.messages(with: text).count == 1, "\(result.standardError)")
    }
  }
}
