import Foundation
import TestSupport
import Testing

@Suite("Interrupted runs go on to the same bits")
struct InterruptionTests {
  /// 6 epochs of 10 steps, and no checkpoint before the last at the end of an epoch.
  private static let configuration = """
    data: {name: synthetic, samples: 157, testSamples: 24}
    model: {name: cnn-small}
    batch: {size: 16, microbatch: 4}
    epochs: 6
    training: {method: pgd, steps: 20}
    evaluation: {final: [{name: pgd, steps: 3}]}
    checkpoint: {everyEpochs: 0, everySteps: 7, keep: 100}
    """
  private static let stepsPerEpoch = 10

  /// The checkpoints and the evaluation of a run that nothing interrupted.
  private static let reference = Task {
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return (checkpoints: try run.checkpoints(), evaluation: try run.evaluationText())
    }
  }

  @Test(
    "The whole job is killed in the middle of an epoch and resumed on another number of ranks",
    arguments: [(before: 2, after: 3), (3, nil), (nil, 2)] as [(before: Int?, after: Int?)])
  func killed(before: Int?, after: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let killed = try await holdfast(run.training(), ranks: before, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 24, checkpoint: 21) }
        #expect(isUnderWay)
        job.send(SIGKILL, to: job.ranks + [job.launcher].compactMap { $0 })
      }
      #expect(killed.exitCode == 128 + SIGKILL)

      try await expectSameEnd(of: run, resumedOn: after, notBefore: 21)
    }
  }

  @Test("A single rank is killed, which ends the job, and the run is resumed", arguments: [0, 2])
  func oneRankKilled(_ rank: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let killed = try await holdfast(run.training(), ranks: 3, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 17, checkpoint: 14) }
        #expect(isUnderWay)
        job.send(SIGKILL, to: [job.ranks[rank]])
      }
      #expect(killed.exitCode == 128 + SIGKILL)

      try await expectSameEnd(of: run, resumedOn: 2, notBefore: 14)
    }
  }

  @Test("The launcher alone is killed, its ranks end with it, and the run is resumed")
  func launcherKilled() async throws {
    try await withRunFolder(Self.configuration) { run in
      let killed = try await holdfast(run.training(), ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 17, checkpoint: 14) }
        #expect(isUnderWay)
        let ranks = job.ranks
        job.send(SIGKILL, to: [job.launcher].compactMap { $0 })
        for _ in 0..<3000 where ranks.contains(where: isRunning) {
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(!ranks.contains(where: isRunning))
      }
      #expect(killed.exitCode == 128 + SIGKILL)

      try await expectSameEnd(of: run, resumedOn: 3, notBefore: 14)
    }
  }

  @Test(
    "SIGUSR1 to mpirun, or to a process alone, ends it with a checkpoint and exit code 75",
    arguments: [(before: 2, after: 1), (4, 3), (nil, 2)] as [(before: Int?, after: Int?)])
  func asked(before: Int?, after: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let stopped = try await holdfast(run.training(), ranks: before, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 12, checkpoint: 7) }
        #expect(isUnderWay)
        job.send(SIGUSR1, to: job.launcher.map { [$0] } ?? job.ranks)
      }
      #expect(stopped.exitCode == 75)
      #expect(stopped.messages(with: "stopped on request", "--resume").count == 1)
      #expect(!FileManager.default.fileExists(atPath: run.url("evaluations").path))
      // The checkpoint is of the very step that all ranks stopped behind.
      #expect(try run.events("step").last?.step == run.steps.last)

      try await expectSameEnd(of: run, resumedOn: after, notBefore: 12)
    }
  }

  @Test("SIGTERM that reaches a rank itself ends the job with a checkpoint and exit code 75")
  func terminated() async throws {
    try await withRunFolder(Self.configuration) { run in
      let stopped = try await holdfast(run.training(), ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 12, checkpoint: 7) }
        #expect(isUnderWay)
        job.send(SIGTERM, to: [job.ranks[1]])
      }
      #expect(stopped.exitCode == 75)

      try await expectSameEnd(of: run, resumedOn: 3, notBefore: 12)
    }
  }

  private func expectSameEnd(of run: RunFolder, resumedOn ranks: Int?, notBefore step: Int) async throws {
    let reference = try await Self.reference.value
    let before = try #require(run.steps.last)
    #expect(before < 60, "the run was over before it was interrupted")
    #expect(before >= step)

    let resumed = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

    try #require(resumed.exitCode == 0, "\(resumed.standardError)")
    let event = try #require(try run.events("resume").last)
    #expect(event.step == before)
    #expect(event.ranks == ranks ?? 1)
    #expect(try run.evaluationText() == reference.evaluation)
    // A stop on request adds a checkpoint where an uninterrupted run has none.
    let common = try run.checkpoints().filter { reference.checkpoints[$0.key] != nil }
    #expect(common == reference.checkpoints)
  }
}

/// Whether a process is there that has not ended; one that nobody waited for yet has.
private func isRunning(_ process: pid_t) -> Bool {
  let status = FileManager.default.contents(atPath: "/proc/\(process)/stat")
  // PID (NAME) STATE ..., where the name may hold anything.
  let state = status.map { String(decoding: $0, as: UTF8.self) }?.split(separator: ")").last?.prefix(2)
  return state != nil && state != " Z"
}
