import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Kills at random moments")
struct RandomKillTests {
  /// How often the job is killed; `HOLDFAST_KILLS` asks for more.
  private static let kills =
    ProcessInfo.processInfo.environment["HOLDFAST_KILLS"].flatMap { Int($0) } ?? 8
  /// Eight steps an epoch.
  private static let epochsPerKill = 12
  private static let configuration = """
    data: {name: synthetic, samples: 64, testSamples: 8}
    model: {name: mlp, hidden: [30]}
    batch: {size: 8, microbatch: 2}
    epochs: \(epochsPerKill * kills)
    training: {method: pgd, steps: 2}
    evaluation: {final: [fgsm]}
    checkpoint: {everySteps: 1, keep: 3}
    """

  @Test("Whatever a kill leaves, the newest checkpoint loads, and the run ends with the same bits")
  func anyMoment() async throws {
    let alone = try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory, timeout: 900)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return (try run.checkpoints(), try run.evaluationText())
    }
    try await withRunFolder(Self.configuration) { run in
      var killed = 0
      for round in 0..<Self.kills {
        let before = run.steps.last
        // Any moment will do, from before the first line of ours to the middle of a rename; every fourth comes early,
        // the others after some steps, of which there are enough for all kills however fast this machine is.
        let isEarly = round % 4 == 3
        let delay = isEarly ? Duration.milliseconds(Int.random(in: 0...60)) : .zero
        let next = (before ?? 0) + (isEarly ? 0 : Int.random(in: 1...(4 * Self.epochsPerKill)))
        let ranks = [nil, 2, 3][round % 3]
        let result = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory) {
          job in
          let isUnderWay = try await job.wait { (run.steps.last ?? 0) >= next }
          guard isUnderWay else { return }
          // Not only at what wait can see.
          try await Task.sleep(for: delay + .microseconds(Int.random(in: 0...4000)))
          job.send(SIGKILL, to: job.ranks + [job.launcher].compactMap { $0 })
        }
        if result.exitCode == 0 { break }
        // A launcher that is killed while it starts its ranks may get to say so in its own way.
        try #require(result.exitCode == 128 + SIGKILL, "round \(round): \(result.standardError)")
        killed += 1

        let found = try CheckpointStore(reading: run.url("checkpoints").path).newestIntact()
        #expect(found?.warnings ?? [] == [], "round \(round)")
        #expect(found?.reference.step == run.steps.last)
        #expect((found?.reference.step ?? 0) >= before ?? 0)
      }
      #expect(killed >= Self.kills / 2)

      let result = try await holdfast(
        run.training("--resume"), ranks: 2, in: run.directory, timeout: 900)

      try #require(result.exitCode == 0, "\(result.standardError)")
      #expect(try run.checkpoints() == alone.0)
      #expect(try run.evaluationText() == alone.1)
      #expect(try run.leftovers() == [])
      guard Self.kills > 8 else { return }
      print("killed \(killed) times, resumed at \(try run.events("resume").compactMap(\.step))")
    }
  }
}

extension RunFolder {
  /// Temporary files, of which a run that ended by itself leaves none.
  fileprivate func leftovers() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: url().path).filter { $0.contains(".tmp-") }
  }
}
