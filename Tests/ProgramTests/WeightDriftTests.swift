import Foundation
import TestSupport
import Testing

@Suite("Weights that drift apart")
struct WeightDriftTests {
  /// The learning rate is too small to change a weight, so that they can be found in memory.
  private static let configuration = """
    data: {name: synthetic, samples: 640, testSamples: 24}
    model: {name: mlp, hidden: [40]}
    batch: {size: 16, microbatch: 4}
    epochs: 1000
    optimizer: {name: sgd, momentum: 0}
    schedule: {name: constant, learningRate: 1e-30}
    training: {method: standard}
    checkpoint: {everyEpochs: 0, everySteps: 0}
    watchdog: {compareWeightsEvery: 10}
    """
  private let host = ProcessInfo.processInfo.hostName

  @Test("A bit flipped in the memory of one rank is found, and the rank is named", arguments: [0, 1, 2])
  func flippedBit(rank: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 3, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 15, checkpoint: 0) }
        #expect(isUnderWay)
        let weights = try weightBytes(of: run)
        let flipped = try flipBit(of: weights, inMemoryOf: job.ranks[rank])
        #expect(flipped > 0, "the weights were not found")
      }

      #expect(result.exitCode == 70, "\(result.standardError)")
      let messages = result.messages(
        with: "the weights of rank \(rank) on \(host) differ from those of the other ranks")
      #expect(messages.count == 1, "\(result.standardError)")
      #expect(result.messages(with: "differ").count == 1)
      #expect(run.steps == [0])
      #expect(!FileManager.default.fileExists(atPath: run.url("evaluations").path))
    }
  }

  @Test("Of two ranks both are named")
  func noMajority() async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 15, checkpoint: 0) }
        #expect(isUnderWay)
        let weights = try weightBytes(of: run)
        _ = try flipBit(of: weights, inMemoryOf: job.ranks[1])
      }

      #expect(result.exitCode == 70, "\(result.standardError)")
      #expect(
        result.messages(with: "the weights of rank 0 on \(host), rank 1 on \(host) differ from each other")
          .count
          == 1)
    }
  }
}
