import Foundation
import TestSupport
import Testing

@Suite("A loss that is not finite")
struct LossOfNumbersTests {
  @Test(
    "Names step, rate, ranks and hosts, and leaves a checkpoint that loads", arguments: [nil, 2, 4] as [Int?])
  func diverged(ranks: Int?) async throws {
    let configuration = """
      data: {name: synthetic, samples: 64, testSamples: 5}
      model: {name: mlp}
      batch: {size: 8, microbatch: 2}
      epochs: 2
      optimizer: {name: sgd}
      schedule: {name: constant, learningRate: 1e30}
      training: {method: standard}
      checkpoint: {everySteps: 1, keep: 100}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 65, "\(result.standardError)")
      let messages = result.messages(with: "the loss is not finite at step ", "learning rate 1e+30")
      #expect(messages.count == 1, "\(result.standardError)")
      let host = ProcessInfo.processInfo.hostName
      #expect(messages.first?.contains("rank \((ranks ?? 1) - 1) on \(host)") == true, "\(messages)")
      #expect(run.steps.first == 0)
      // Counted from 1, as everywhere: the one behind the newest checkpoint.
      let failed = (run.steps.last ?? 0) + 1
      #expect(messages.first?.contains("at step \(failed) ") == true, "\(messages)")

      // What there is loads.
      let evaluated = try await holdfast(
        ["evaluate", "run", "--checkpoint", "latest", "--attack", "none", "--threads", "1"], in: run.directory
      )
      #expect(evaluated.exitCode == 0, "\(evaluated.standardError)")
    }
  }

  @Test("NaN in the memory of one rank names that rank alone, and spreads to no other", arguments: [0, 1, 2])
  func oneRank(rank: Int) async throws {
    // The learning rate is too small to change a weight, so that they can be found in memory.
    let configuration = """
      data: {name: synthetic, samples: 640, testSamples: 24}
      model: {name: logistic-regression}
      batch: {size: 16, microbatch: 4}
      epochs: 5000
      optimizer: {name: sgd, momentum: 0}
      schedule: {name: constant, learningRate: 1e-30}
      training: {method: standard}
      checkpoint: {everyEpochs: 0, everySteps: 0}
      watchdog: {compareWeightsEvery: 0}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: 3, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 15, checkpoint: 0) }
        #expect(isUnderWay)
        let found = try putNaN(into: weightBytes(of: run), inMemoryOf: job.ranks[rank])
        #expect(found > 0, "the weights were not found")
      }

      #expect(result.exitCode == 70, "\(result.standardError)")
      let place = "rank \(rank) on \(ProcessInfo.processInfo.hostName)"
      let messages = result.messages(
        with: "the loss is not finite at step ", " on \(place), and the weights of \(place) differ from those"
      )
      #expect(messages.count == 1, "\(result.standardError)")
      #expect(result.messages(with: "not finite").count == 1)
      #expect(run.steps == [0])
      #expect(!FileManager.default.fileExists(atPath: run.url("evaluations").path))

      let evaluated = try await holdfast(
        ["evaluate", "run", "--checkpoint", "latest", "--attack", "none", "--threads", "1"], in: run.directory
      )
      #expect(evaluated.exitCode == 0, "\(evaluated.standardError)")
    }
  }

  @Test(
    "Is skipped on all ranks together where that is asked for, up to the limit",
    arguments: [nil, 3] as [Int?])
  func skipped(ranks: Int?) async throws {
    let configuration = """
      data: {name: synthetic, samples: 64, testSamples: 5}
      model: {name: mlp}
      batch: {size: 8, microbatch: 2}
      epochs: 2
      optimizer: {name: sgd}
      schedule: {name: constant, learningRate: 1e30}
      training: {method: standard}
      guards: {nonFinite: {action: skip}, skipLimit: 4}
      checkpoint: {everySteps: 1, keep: 100}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 65, "\(result.standardError)")
      #expect(result.messages(with: "is not finite, behind 4 skipped steps in a row").count == 1)
      let skipped = try run.events("guard").compactMap(\.step)
      #expect(skipped.count == 4)
      // Steps left out leave weights and moments as they are.
      let checkpoints = try run.checkpoints()
      let first = try #require(skipped.first)
      for step in skipped.dropFirst() where checkpoints[step] != nil {
        #expect(checkpoints[step] == checkpoints[first - 1])
      }
      #expect(checkpoints.keys.contains(first))
    }
  }

  @Test("A spike is left out, and training goes on", arguments: [nil, 2] as [Int?])
  func spike(ranks: Int?) async throws {
    let configuration = """
      data: {name: synthetic, samples: 120, testSamples: 5}
      model: {name: logistic-regression}
      batch: {size: 4, microbatch: 2}
      epochs: 2
      schedule: {name: constant, learningRate: 1e-4}
      training: {method: standard}
      guards: {lossSpike: {action: skip, factor: 1.01}, skipLimit: 60}
      checkpoint: {everySteps: 1, keep: 100}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      // Every loss a little above the mean counts as a spike here, once there is a mean.
      let skipped = Set(try run.events("guard").compactMap(\.step))
      #expect(skipped.allSatisfy { $0 > 20 } && skipped.count >= 3 && skipped.count < 40)
      let checkpoints = try run.checkpoints()
      for step in 2...60 {
        #expect((checkpoints[step] == checkpoints[step - 1]) == skipped.contains(step), "step \(step)")
      }
    }
  }
}
