import Foundation
import TestSupport
import Testing

@Suite("Memory that runs out")
struct ExhaustedMemoryTests {
  /// A model and its gradients of about 100 MB each.
  private static let configuration = """
    data: {name: synthetic, samples: 40, testSamples: 10}
    model: {name: mlp, hidden: [5000, 4000]}
    batch: {size: 16, microbatch: 8}
    epochs: 2
    training: {method: standard}
    evaluation: {final: []}
    checkpoint: {everyEpochs: 0, everySteps: 0}
    """

  @Test("A rank without memory ends the job, with a message that names it", arguments: [450, 900])
  func limited(megabytes: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let program = try BuiltProducts.executable("holdfast").path
      let script = "ulimit -v \(megabytes * 1024) && exec \"$0\" \"$@\""

      let result = try await holdfast(
        contexts: [
          RankContext(arguments: run.training()),
          RankContext(
            executable: URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script, program] + run.training()),
        ], in: run.directory)

      #expect(result.exitCode != 0)
      #expect(result.messages(with: place(ofRank: 1, of: 2), "memory").count == 1, "\(result.standardError)")
    }
  }
}
