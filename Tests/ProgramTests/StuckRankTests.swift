import Foundation
import TestSupport
import Testing

@Suite("Ranks that hang end the job")
struct StuckRankTests {
  /// 8 epochs of 10 steps.
  private static let configuration = """
    data: {name: synthetic, samples: 157, testSamples: 24}
    model: {name: cnn-small}
    batch: {size: 16, microbatch: 4}
    epochs: 8
    training: {method: pgd, steps: 20}
    evaluation: {final: [{name: pgd, steps: 3}]}
    checkpoint: {everyEpochs: 0, everySteps: 7, keep: 100}
    watchdog: {seconds: 2, savingSeconds: 4}
    """
  private let host = ProcessInfo.processInfo.hostName

  @Test("A frozen rank is named, and the run goes on from its checkpoint", arguments: [0, 1], [2, 3])
  func frozen(rank: Int, ranks: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let stuck = try await holdfast(run.training(), ranks: ranks, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 17, checkpoint: 14) }
        #expect(isUnderWay)
        job.send(SIGSTOP, to: [job.ranks[rank]])
      }

      #expect(stuck.exitCode == 76, "\(stuck.standardError)")
      let messages = stuck.messages(with: "stuck", "within", "watchdog.")
      #expect(messages.count == 1, "\(stuck.standardError)")
      #expect(messages.first?.contains("rank \(rank) does not respond (in ") == true, "\(messages)")
      #expect(messages.first?.contains("of \(ranks) on \(host): ") == true)
      let before = try #require(run.steps.last)
      #expect(before >= 14 && before < 80)

      let resumed = try await holdfast(run.training("--resume"), in: run.directory)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.events("resume").map(\.step) == [before])
    }
  }

  @Test("A frozen rank ends an evaluation")
  func frozenEvaluation() async throws {
    let configuration = Self.configuration.replacing("epochs: 8", with: "epochs: 1")
      .replacing("savingSeconds: 4", with: "evaluationSeconds: 2")
    try await withRunFolder(configuration) { run in
      let trained = try await holdfast(run.training(), in: run.directory)
      try #require(trained.exitCode == 0, "\(trained.standardError)")
      // Too small a radius to break anything, so that every restart has something to do.
      let arguments = [
        "evaluate", "run", "--attack", "pgd", "--steps", "100", "--restarts", "10000", "--epsilon", "1e-6",
        "--threads", "1",
      ]

      let stuck = try await holdfast(arguments, ranks: 2, in: run.directory) { job in
        // What is attacked is under way as soon as CPU time is spent that no start takes.
        let isUnderWay = try await job.wait { job.ranks.count == 2 && cpuSeconds(of: job.ranks[1]) > 3 }
        #expect(isUnderWay)
        job.send(SIGSTOP, to: [job.ranks[1]])
      }

      #expect(stuck.exitCode == 76, "\(stuck.standardError)")
      let messages = stuck.messages(with: "within 2 s", "watchdog.evaluationSeconds")
      #expect(messages.count == 1, "\(stuck.standardError)")
      // At the moment it was stopped the rank measured, or waited for the other's results.
      let findings = ["an evaluation", "collecting the results of an evaluation"].map {
        "rank 1 does not respond (in \($0))"
      }
      #expect(findings.contains { messages.first?.contains($0) == true }, "\(messages)")
    }
  }

  @Test(
    "A pause of the whole job is no fault, and no watchdog waits for ever with 0 seconds", arguments: [2, 0])
  func paused(limit: Int) async throws {
    let configuration = Self.configuration.replacing("{seconds: 2, ", with: "{seconds: \(limit), ")
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 12, checkpoint: 7) }
        #expect(isUnderWay)
        // Without a watchdog one rank may be away for as long as it likes.
        let stopped = limit == 0 ? [job.ranks[1]] : job.ranks
        job.send(SIGSTOP, to: stopped)
        try await Task.sleep(for: .seconds(6))
        job.send(SIGCONT, to: stopped)
      }

      #expect(result.exitCode == 0, "\(result.standardError)")
    }
  }
}

/// The CPU time a process has used.
private func cpuSeconds(of process: pid_t) -> Double {
  let text = FileManager.default.contents(atPath: "/proc/\(process)/stat").map {
    String(decoding: $0, as: UTF8.self)
  }
  // The 14th and 15th fields, where the second ends with a bracket.
  let fields = text?.split(separator: ")").last?.split(separator: " ").compactMap { Double($0) } ?? []
  return fields.count > 11 ? (fields[10] + fields[11]) / Double(sysconf(Int32(_SC_CLK_TCK))) : 0
}
