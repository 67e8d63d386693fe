import Foundation
import TestSupport
import Testing

@Suite("Bits do not depend on ranks and threads")
struct BitIdentityTests {
  /// How wide a run is.
  private struct Width: CustomStringConvertible {
    let ranks: Int?
    let threads: Int
    var description: String { "\(ranks.map { "\($0) ranks" } ?? "no launcher") x \(threads)" }
  }

  private static let widths = [
    Width(ranks: 2, threads: 1), Width(ranks: 3, threads: 1), Width(ranks: 4, threads: 1),
    Width(ranks: nil, threads: 2), Width(ranks: 2, threads: 2),
  ]

  @Test(
    "Every checkpoint and every verdict is the same", arguments: BitIdentityCase.all + BitIdentityCase.methods
  )
  func sameBits(_ identity: BitIdentityCase) async throws {
    let alone = try await outcome(of: identity.configuration, Width(ranks: nil, threads: 1))
    // Equal hashes mean something where the weights of each step are others. A cyclic schedule begins with rate 0.
    let distinct = Set(alone.checkpoints.values.map { $0[0] }).count
    #expect(distinct >= (identity.hasRepeats ? 3 : alone.checkpoints.count - 1))
    #expect(alone.checkpoints.count >= 5)

    for width in Self.widths {
      let wide = try await outcome(of: identity.configuration, width)
      #expect(wide.checkpoints == alone.checkpoints, "\(width)")
      #expect(wide.evaluation == alone.evaluation, "\(width)")
      #expect(wide.table == alone.table, "\(width)")
    }
  }

  @Test("Ranks without a micro-batch are warned about and change nothing")
  func idleRanks() async throws {
    let configuration = """
      data: {name: synthetic, samples: 50, testSamples: 7}
      model: {name: mlp, hidden: [12]}
      batch: {size: 20, microbatch: 8}
      epochs: 2
      training: {method: fgsm}
      """
    let alone = try await outcome(of: configuration, Width(ranks: 1, threads: 1))
    let wide = try await outcome(of: configuration, Width(ranks: 5, threads: 1))

    #expect(wide.checkpoints == alone.checkpoints)
    #expect(wide.evaluation == alone.evaluation)
    let warning = "warning: 2 of 5 ranks will idle: a batch of 20 has only 3 micro-batches of 8"
    #expect(wide.messages.filter { $0 == warning }.count == 1)
    #expect(!alone.messages.contains { $0.contains("idle") })
  }

  @Test("Another seed gives other bits")
  func seeds() async throws {
    let configuration = BitIdentityCase.all[6].configuration
    let one = try await outcome(of: configuration + "\nseed: 1", Width(ranks: nil, threads: 1))
    let two = try await outcome(of: configuration + "\nseed: 2", Width(ranks: nil, threads: 1))

    #expect(one.checkpoints.keys == two.checkpoints.keys)
    for (step, hashes) in one.checkpoints { #expect(two.checkpoints[step]?[0] != hashes[0], "step \(step)") }
  }

  private struct Outcome {
    let checkpoints: [Int: [String]]
    let evaluation: String
    let table: String
    let messages: [String]
  }

  private func outcome(of configuration: String, _ width: Width) async throws -> Outcome {
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(
        run.training(threads: width.threads), ranks: width.ranks, in: run.directory)
      try #require(result.exitCode == 0, "\(width): \(result.standardError)")
      return Outcome(
        checkpoints: try run.checkpoints(), evaluation: try run.evaluationText(),
        table: result.standardOutput, messages: result.messages)
    }
  }
}
