import Foundation
import TestSupport
import Testing

@Suite("Ranks with other programs or CPUs")
struct UnequalRankTests {
  private static let configuration = """
    data: {name: synthetic, samples: 40, testSamples: 10}
    model: {name: cnn-small}
    batch: {size: 16, microbatch: 4}
    epochs: 1
    training: {method: pgd, steps: 3}
    evaluation: {final: [{name: pgd, steps: 3}]}
    checkpoint: {everySteps: 1, keep: 100}
    """
  private let host = ProcessInfo.processInfo.hostName

  @Test("Another program file on one rank is refused, naming rank and host", arguments: [1, 2])
  func otherProgram(rank: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let program = try BuiltProducts.executable("holdfast")
      let copy = run.directory.appendingPathComponent("holdfast")
      try FileManager.default.copyItem(at: program, to: copy)
      let file = try FileHandle(forWritingTo: copy)
      try file.seekToEnd()
      try file.write(contentsOf: Data("x".utf8))
      try file.close()

      let result = try await holdfast(
        contexts: (0...2).map { RankContext(executable: $0 == rank ? copy : nil, arguments: run.training()) },
        in: run.directory)

      #expect(result.exitCode == 69, "\(result.standardError)")
      #expect(result.messages.count == 1)
      #expect(
        result.messages(with: "rank \(rank) on \(host) differs from rank 0 on \(host) in its program file")
          .count
          == 1)
      #expect(!FileManager.default.fileExists(atPath: run.url().path))
    }
  }

  @Test(
    "A rank with a lesser instruction set lowers all, with one warning and the bits of that set",
    arguments: [0, 1])
  func otherInstructions(rank: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let alone = try await holdfast(
        run.training(), in: run.directory, environment: ["HOLDFAST_INSTRUCTION_SET": "portable"])
      try #require(alone.exitCode == 0, "\(alone.standardError)")
      let reference = (try run.checkpoints(), try run.evaluationText())
      try FileManager.default.removeItem(at: run.url())

      let result = try await holdfast(
        contexts: (0...1).map {
          RankContext(
            arguments: run.training(),
            environment: $0 == rank ? ["HOLDFAST_INSTRUCTION_SET": "portable"] : [:])
        }, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(result.messages(with: "warning: all ranks use portable", "rank \(rank) on \(host)").count == 1)
      #expect(try run.events("warning").count == 1)
      #expect(try run.checkpoints() == reference.0)
      #expect(try run.evaluationText() == reference.1)
      let manifest = try String(contentsOf: run.url("manifest.json"), encoding: .utf8)
      #expect(manifest.contains("portable"))
    }
  }

  @Test("An evaluation goes on with the lowest instruction set too")
  func otherInstructionsInEvaluation() async throws {
    try await withRunFolder(Self.configuration) { run in
      let trained = try await holdfast(run.training(), in: run.directory)
      try #require(trained.exitCode == 0, "\(trained.standardError)")
      let arguments = ["evaluate", "run", "--threads", "1", "--output", "results"]

      let result = try await holdfast(
        contexts: [
          RankContext(arguments: arguments),
          RankContext(arguments: arguments, environment: ["HOLDFAST_INSTRUCTION_SET": "portable"]),
        ], in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(result.messages(with: "warning: all ranks use portable").count == 1)
      let record = try String(
        contentsOf: run.directory.appendingPathComponent("results/evaluation.json"), encoding: .utf8)
      #expect(record.contains("all ranks use portable"))
    }
  }
}
