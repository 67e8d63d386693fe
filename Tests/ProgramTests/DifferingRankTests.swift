import Foundation
import TestSupport
import Testing

@Suite("A rank that differs or fails ends the job")
struct DifferingRankTests {
  private static let configuration = """
    data: {name: synthetic, samples: 40, testSamples: 10}
    model: {name: mlp}
    batch: {size: 16, microbatch: 4}
    epochs: 1
    """
  private let host = ProcessInfo.processInfo.hostName

  @Test(
    "Other settings on one rank are refused, naming rank and setting",
    arguments: [
      ("training.steps=3", "training.steps: 3 instead of training.steps: 10"),
      ("seed=2", "seed: 2 instead of seed: 1"),
      // No part of what a run is, but ranks that evaluate different things wait for each other.
      ("evaluation.final=[fgsm]", "evaluation.final"), ("evaluation.on=rank0", "evaluation.on: rank0"),
      ("--resume", "command line (--resume instead of nothing)"),
      ("--dry-run", "command line (--dry-run instead of nothing)"),
    ], [2, 4])
  func otherSettings(difference: (override: String, text: String), ranks: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let arguments = run.training()

      let result = try await holdfast(
        arguments, onRankOne: arguments + [difference.override], ranks: ranks, in: run.directory)

      #expect(result.exitCode == 69)
      let text = "rank 1 on \(host) differs from rank 0 on \(host) in its "
      #expect(result.messages.count == 1)
      #expect(result.messages.first?.hasPrefix(text) == true)
      #expect(result.messages.first?.contains(difference.text) == true, "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: run.url().path))
    }
  }

  @Test("Where the data lie, and how many threads a rank has, may differ")
  func otherPlaces() async throws {
    let configuration = """
      data: {name: mnist, path: here, validation: 2}
      model: {name: mlp}
      batch: {size: 4, microbatch: 2}
      epochs: 1
      training: {method: fgsm}
      """
    try await withRunFolder(configuration) { run in
      try DamagedData.makeIntactFiles(in: run.directory.appendingPathComponent("here"))
      try DamagedData.makeIntactFiles(in: run.directory.appendingPathComponent("there"))
      let arguments = ["train", "config.yaml", "--output", "run"]

      let result = try await holdfast(
        arguments, onRankOne: arguments + ["data.path=there", "--threads", "2"], ranks: 2, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
    }
  }

  @Test("Other data on one rank are refused", arguments: [2, 3])
  func otherData(ranks: Int) async throws {
    try await withRunFolder("data: {name: mnist, path: here, validation: 2}\nmodel: {name: mlp}\n") { run in
      try DamagedData.makeIntactFiles(in: run.directory.appendingPathComponent("here"))
      let there = run.directory.appendingPathComponent("there")
      try DamagedData.makeIntactFiles(in: there)
      let images = there.appendingPathComponent("train-images-idx3-ubyte")
      var data = try Data(contentsOf: images)
      data[500] ^= 1
      try data.write(to: images)

      let result = try await holdfast(
        run.training(), onRankOne: run.training("data.path=there"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 69)
      #expect(result.messages.count == 1)
      #expect(result.messages(with: "rank 1 on \(host) differs from rank 0", "in its data").count == 1)
    }
  }

  @Test(
    "An error on one rank is that of the job, with the rank it comes from",
    arguments: [
      ("train absent.yaml", 66, "absent.yaml: there is no such file"),
      ("train config.yaml epochs=none", 64, "epochs"),
    ] as [(String, Int32, String)], [2, 4])
  func oneRankFails(failure: (command: String, exitCode: Int32, text: String), ranks: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(
        run.training(), onRankOne: [failure.command], ranks: ranks, in: run.directory)

      #expect(result.exitCode == failure.exitCode)
      #expect(result.messages.count == 1)
      #expect(result.messages.first?.hasPrefix(place(ofRank: 1, of: ranks)) == true)
      #expect(result.messages.first?.contains(failure.text) == true)
      #expect(!FileManager.default.fileExists(atPath: run.url().path))
    }
  }

  @Test("Data that one rank cannot read end the job", arguments: [2, 4])
  func oneRankWithoutData(ranks: Int) async throws {
    try await withRunFolder("data: {name: mnist, path: here, validation: 2}\nmodel: {name: mlp}\n") { run in
      try DamagedData.makeIntactFiles(in: run.directory.appendingPathComponent("here"))

      let result = try await holdfast(
        run.training(), onRankOne: run.training("data.path=nowhere"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 66)
      #expect(result.messages.count == 1)
      #expect(result.messages.first?.hasPrefix(place(ofRank: 1, of: ranks)) == true)
      #expect(result.messages.first?.contains("nowhere") == true)
    }
  }

  @Test("A command line that only one rank cannot read ends the job", arguments: [2, 4])
  func oneRankMisled(ranks: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(
        run.training(), onRankOne: ["train", "config.yaml", "--bogus"], ranks: ranks, in: run.directory)

      #expect(result.exitCode == 64)
      #expect(result.standardError.components(separatedBy: "--bogus").count == 2, "\(result.standardError)")
      #expect(!FileManager.default.fileExists(atPath: run.url().path))
    }
  }
}
