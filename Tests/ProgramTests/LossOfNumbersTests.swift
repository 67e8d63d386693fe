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

      // What there is loads.
      let evaluated = try await holdfast(
        ["evaluate", "run", "--checkpoint", "latest", "--attack", "none", "--threads", "1"], in: run.directory
      )
      #expect(evaluated.exitCode == 0, "\(evaluated.standardError)")
    }
  }
}
