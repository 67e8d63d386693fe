import Foundation
import TestSupport
import Testing

@Suite("Interrupted evaluations go on to the same verdicts")
struct EvaluationResumeTests {
  private static let attacks = ["--attack", "autoattack,pgd", "--steps", "12", "--queries", "100"]

  /// The results of an evaluation that nothing interrupted.
  private static let reference = Task {
    try await withTrainedRun { run in
      let result = try await run.evaluate(attacks, into: "results", ranks: 2)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return (
        results: try run.results("results"),
        journal: try Data(contentsOf: run.url("results", "journal.jsonl"))
      )
    }
  }

  @Test(
    "SIGUSR1 to mpirun, or to a process alone, ends it with exit code 75",
    arguments: [(before: 2, after: 3), (3, nil), (nil, 2)] as [(before: Int?, after: Int?)])
  func asked(before: Int?, after: Int?) async throws {
    try await withTrainedRun { run in
      let stopped = try await run.evaluate(Self.attacks, into: "results", ranks: before) { job in
        let isUnderWay = try await job.wait { run.journalLines("results") >= 4 }
        #expect(isUnderWay)
        job.send(SIGUSR1, to: job.launcher.map { [$0] } ?? job.ranks)
      }
      #expect(stopped.exitCode == 75, "\(stopped.standardError)")
      #expect(stopped.messages(with: "stopped on request", "--resume").count == 1)
      #expect(stopped.standardOutput.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: run.url("results", "evaluation.json").path))
      let decided = run.journalLines("results")

      try await expectSameEnd(of: run, ranks: after)
      // It went on, and did not begin again.
      #expect(run.journalLines("results") > decided)
    }
  }

  @Test("A killed job goes on from what was decided", arguments: [(2, 1), (1, 3)])
  func killed(before: Int, after: Int) async throws {
    try await withTrainedRun { run in
      let killed = try await run.evaluate(Self.attacks, into: "results", ranks: before) { job in
        let isUnderWay = try await job.wait { run.journalLines("results") >= 6 }
        #expect(isUnderWay)
        job.send(SIGKILL, to: job.ranks + [job.launcher].compactMap { $0 })
      }
      #expect(killed.exitCode == 128 + SIGKILL)
      let before = try Data(contentsOf: run.url("results", "journal.jsonl"))

      try await expectSameEnd(of: run, ranks: after)
      let lines = before.split(separator: UInt8(ascii: "\n")).dropLast()
      let journal = try Data(contentsOf: run.url("results", "journal.jsonl"))
      #expect(journal.starts(with: Data(lines.joined(separator: [UInt8(ascii: "\n")]))))
    }
  }

  @Test("A journal torn at any byte leads to the same verdicts")
  func torn() async throws {
    let reference = try await Self.reference.value
    for share in [0.0, 0.001, 0.02, 0.3, 0.77, 0.999] {
      try await withTrainedRun { run in
        let folder = run.url("results", "")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let length = Int(share * Double(reference.journal.count))
        try reference.journal.prefix(length).write(to: run.url("results", "journal.jsonl"))

        try await expectSameEnd(of: run, ranks: share > 0.5 ? 2 : nil)
      }
    }
  }

  @Test("Without --output, the interrupted evaluation of the run is found")
  func found() async throws {
    let reference = try await Self.reference.value
    try await withTrainedRun { run in
      let name = "run/evaluations/2026-01-01T000000Z-autoattack-pgd"
      for path in [name, "run/evaluations/2026-02-02T000000Z-fgsm"] {
        try FileManager.default.createDirectory(at: run.url(path, ""), withIntermediateDirectories: true)
      }
      try reference.journal.prefix(reference.journal.count / 2).write(to: run.url(name, "journal.jsonl"))

      let resumed = try await run.evaluate(Self.attacks + ["--resume"], into: nil)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.results(name) == reference.results)
      // Complete now: the next is a new one.
      let other = try await run.evaluate(["--attack", "fgsm", "--resume"], into: nil)
      #expect(other.exitCode == 0, "\(other.standardError)")
      #expect(other.messages(with: "was interrupted: this is a new one").count == 1)
    }
  }

  @Test("A complete evaluation is printed again, and nothing is written")
  func complete() async throws {
    try await withTrainedRun { run in
      let first = try await run.evaluate(["--attack", "fgsm"], into: "results")
      let record = try Data(contentsOf: run.url("results", "evaluation.json"))
      let again = try await run.evaluate(["--attack", "fgsm", "--resume"], into: "results", ranks: 2)

      #expect(again.exitCode == 0, "\(again.standardError)")
      #expect(again.standardOutput == first.standardOutput)
      #expect(try Data(contentsOf: run.url("results", "evaluation.json")) == record)
    }
  }

  @Test("Other settings are refused, and named")
  func otherSettings() async throws {
    try await withTrainedRun { run in
      let first = try await run.evaluate(["--attack", "fgsm", "--limit", "30"], into: "results")
      try #require(first.exitCode == 0, "\(first.standardError)")
      try FileManager.default.removeItem(at: run.url("results", "evaluation.json"))
      let journal = try Data(contentsOf: run.url("results", "journal.jsonl"))
      for (arguments, text) in [
        (["--attack", "fgsm", "--limit", "31"], "samples (31 instead of 30)"),
        (["--attack", "fgsm", "--limit", "30", "--seed", "9"], "seed (9 instead of 1)"),
        (["--attack", "pgd", "--limit", "30"], "attacks ("),
        (["--attack", "fgsm", "--limit", "30", "--epsilon", "0.1"], "attacks (linf 0.1"),
        (["--attack", "fgsm", "--limit", "30", "--checkpoint", "0"], "checkpoint ("),
      ] {
        let result = try await run.evaluate(arguments + ["--resume"], into: "results", ranks: 2)

        #expect(result.exitCode == 64, "\(arguments)")
        #expect(result.messages(with: "differs in", text).count == 1, "\(result.standardError)")
        #expect(try Data(contentsOf: run.url("results", "journal.jsonl")) == journal)
      }
      let fresh = try await run.evaluate(["--attack", "fgsm", "--limit", "30"], into: "results")
      #expect(fresh.exitCode == 64)
      #expect(fresh.messages(with: "holds an interrupted evaluation", "--resume").count == 1)
    }
  }

  @Test("A journal that contradicts itself, or another machine's, is no ground to go on from")
  func contradictions() async throws {
    try await withTrainedRun { run in
      let first = try await run.evaluate(["--attack", "fgsm"], into: "results")
      try #require(first.exitCode == 0, "\(first.standardError)")
      try FileManager.default.removeItem(at: run.url("results", "evaluation.json"))
      let text = try String(contentsOf: run.url("results", "journal.jsonl"), encoding: .utf8)
      let lines = text.split(separator: "\n").map(String.init)
      for (line, pattern, replacement, message) in [
        (1, "[", "[9,", "other classes for the clean images"),
        (2, "\"from\":0", "\"from\":1", "contradicts itself"),
        (2, "\"by\":\"fgsm\"", "\"by\":\"pgd\"", "contradicts itself"),
      ] {
        var changed = lines
        changed[line] = changed[line].replacingOccurrences(of: pattern, with: replacement)
        try (changed.joined(separator: "\n") + "\n").write(
          to: run.url("results", "journal.jsonl"), atomically: true, encoding: .utf8)
        let result = try await run.evaluate(["--attack", "fgsm", "--resume"], into: "results", ranks: 2)

        #expect(result.exitCode == 65, "\(result.standardError)")
        #expect(result.messages(with: message).count == 1, "\(result.standardError)")
      }
    }
  }

  @Test("Stopped in the evaluation at its end, a training run goes on there")
  func endOfTraining() async throws {
    let configuration = TrainedRun.configuration.replacingOccurrences(
      of: "final: [none]", with: "final: [fgsm, {name: autoattack, steps: 12, queries: 100}]")
    try await withRunFolder(configuration) { folder in
      let journal = folder.url("evaluations/final/journal.jsonl")
      let stopped = try await holdfast(folder.training(), ranks: 2, in: folder.directory) { job in
        let isUnderWay = try await job.wait {
          (try? Data(contentsOf: journal))?.count { $0 == UInt8(ascii: "\n") } ?? 0 >= 5
        }
        #expect(isUnderWay)
        job.send(SIGUSR1, to: [job.launcher].compactMap { $0 })
      }
      #expect(stopped.exitCode == 75, "\(stopped.standardError)")
      #expect(stopped.messages(with: "stopped on request in the evaluation", "--resume").count == 1)
      let resumed = try await holdfast(folder.training("--resume"), ranks: 3, in: folder.directory)
      try #require(resumed.exitCode == 0, "\(resumed.standardError)")

      let whole = try await withRunFolder(configuration) { other in
        let result = try await holdfast(other.training(), in: other.directory)
        try #require(result.exitCode == 0, "\(result.standardError)")
        return try other.evaluationText()
      }
      #expect(try folder.evaluationText() == whole)
    }
  }

  @Test("An evaluation that replaces another and is stopped leaves no results that pass for its own")
  func replaced() async throws {
    let configuration = TrainedRun.configuration.replacingOccurrences(
      of: "final: [none]", with: "final: [fgsm]")
    try await withRunFolder(configuration) { run in
      let first = try await holdfast(run.training(), in: run.directory)
      try #require(first.exitCode == 0, "\(first.standardError)")
      let training = run.training(
        "--resume", "evaluation.final=[{name: autoattack, steps: 12, queries: 100}]")
      let stopped = try await holdfast(training, ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait {
          let journal = try? String(contentsOf: run.url("evaluations/final/journal.jsonl"), encoding: .utf8)
          return journal?.contains("\"by\":\"apgd-ce\"") ?? false
        }
        #expect(isUnderWay)
        job.send(SIGUSR1, to: [job.launcher].compactMap { $0 })
      }
      #expect(stopped.exitCode == 75, "\(stopped.standardError)")
      #expect(!FileManager.default.fileExists(atPath: run.url("evaluations/final/evaluation.json").path))

      let resumed = try await holdfast(training, in: run.directory)
      try #require(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.evaluation().attacks.map(\.name) == ["autoattack"])
    }
  }

  private func expectSameEnd(of run: TrainedRun, ranks: Int?) async throws {
    let reference = try await Self.reference.value
    let resumed = try await run.evaluate(Self.attacks + ["--resume"], into: "results", ranks: ranks)

    try #require(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(try run.results("results") == reference.results)
  }
}
