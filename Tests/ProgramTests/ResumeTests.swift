import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Starting where a run is already")
struct ResumeTests {
  /// 2 epochs of 3 steps with a checkpoint at each.
  private static let configuration = """
    data: {name: synthetic, samples: 37, testSamples: 12}
    model: {name: mlp, hidden: [9]}
    batch: {size: 16, microbatch: 4}
    epochs: 2
    training: {method: fgsm}
    evaluation: {final: [fgsm]}
    checkpoint: {everySteps: 1, keep: 100}
    """

  @Test("--resume without a checkpoint starts afresh", arguments: [nil, 2] as [Int?])
  func nothingToResume(ranks: Int?) async throws {
    let plain = try await withRun { run in try run.checkpoints() }
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0)
      #expect(try run.checkpoints() == plain)
      #expect(try run.events("resume").isEmpty)
    }
  }

  @Test("A finished run is resumed at its end", arguments: [nil, 3] as [Int?])
  func finished(ranks: Int?) async throws {
    try await withRun { run in
      let before = (try run.checkpoints(), try run.evaluationText())

      let result = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0)
      #expect(try run.checkpoints() == before.0)
      #expect(try run.evaluationText() == before.1)
    }
  }

  @Test(
    "The optimizer's moments go on byte by byte where a run is resumed on other ranks",
    arguments: [
      "{name: adam, weightDecay: 0.001}", "{name: adamw}", "{name: sgd, momentum: 0.9, nesterov: true}",
    ], [1, 2])
  func moments(optimizer: String, step: Int) async throws {
    let schedule = "schedule: {name: constant, learningRate: 0.01}"
    try await withRunFolder("\(Self.configuration)\noptimizer: \(optimizer)\n\(schedule)") { run in
      let files = ["optimizer.safetensors", "model.safetensors"]
      func contents() throws -> [Data] { try files.map { try Data(contentsOf: run.url(step: 6, $0)) } }
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let alone = try contents()
      let moments = try SafetensorsFile(decoding: alone[0], path: files[0]).tensors
      #expect(!moments.isEmpty)
      for moment in moments { #expect(moment.values.contains { $0 != 0 }, "\(moment.name)") }
      for later in step + 1...6 { try FileManager.default.removeItem(at: run.url(step: later, "")) }

      let resumed = try await holdfast(run.training("--resume"), ranks: 3, in: run.directory)

      try #require(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.events("resume").map(\.step) == [step])
      #expect(try contents() == alone)
    }
  }

  @Test(
    "--resume with another configuration is refused, naming the keys, and touches nothing",
    arguments: [
      (["training.stepSize=0.05"], ["training.stepSize"]),
      (["seed=2", "schedule.peak=1e-4"], ["seed", "schedule.peak"]),
      (["model.hidden=[8]"], ["model.hidden"]),
      (["model.name=logistic-regression"], ["model.name"]),
      (["optimizer.name=adamw"], ["optimizer.name"]),
      (["data.samples=38"], ["data.samples", "data.sha256"]),
      (["batch.microbatch=8"], ["batch.microbatch"]),
      (["epochs=3"], ["epochs"]),
    ])
  func otherRun(overrides: [String], keys: [String]) async throws {
    try await withRun { run in
      let before = try run.allFiles()
      var configuration = try String(
        contentsOf: run.directory.appendingPathComponent("config.yaml"), encoding: .utf8)
      if overrides.contains("model.name=logistic-regression") {
        configuration.replace("{name: mlp, hidden: [9]}", with: "{name: mlp}")
        try Data(configuration.utf8).write(to: run.directory.appendingPathComponent("config.yaml"))
      }

      for ranks in [nil, 2] as [Int?] {
        let arguments =
          ["train", "config.yaml"] + overrides + ["--output", "run", "--resume", "--threads", "1"]
        let result = try await holdfast(arguments, ranks: ranks, in: run.directory)

        #expect(result.exitCode == 64)
        let messages = result.messages(with: "run/checkpoints", "belongs to a run that differs in")
        #expect(messages.count == 1)
        for key in keys { #expect(messages.first?.contains(key) == true, "\(key) in \(messages)") }
        // Not even the mark of the process that writes: it may be at work.
        #expect(try run.allFiles() == before)
      }
    }
  }

  @Test("--resume goes on where only what is no part of the run differs")
  func otherCadence() async throws {
    try await withRun { run in
      let before = try run.checkpoints()
      try FileManager.default.removeItem(at: run.url(step: 6, ""))
      let overrides = [
        "checkpoint.everySteps=2", "evaluation.on=rank0", "evaluation.final=[noise]", "name=other",
      ]
      let arguments =
        ["train", "config.yaml"] + overrides + ["--output", "run", "--resume", "--threads", "1"]

      let result = try await holdfast(arguments, ranks: 2, in: run.directory)

      #expect(result.exitCode == 0)
      #expect(try run.checkpoints() == before)
      #expect(try run.evaluation().attacks.map(\.name) == ["noise"])
    }
  }

  @Test("An existing run is refused without a flag, and untouched", arguments: [nil, 1, 2] as [Int?])
  func existing(ranks: Int?) async throws {
    try await withRun { run in
      let before = try run.allFiles()

      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 64)
      #expect(result.messages(with: "run already holds a run", "--resume", "--overwrite").count == 1)
      #expect(try run.allFiles() == before)
    }
  }

  @Test("--overwrite replaces a run", arguments: [nil, 2] as [Int?])
  func overwrite(ranks: Int?) async throws {
    try await withRun { run in
      let before = try run.checkpoints()
      let arguments = [
        "train", "config.yaml", "seed=7", "epochs=1", "--output", "run", "--overwrite", "--threads", "1",
      ]

      let result = try await holdfast(arguments, ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0)
      #expect(run.steps == [0, 1, 2, 3])
      #expect(try run.checkpoints()[3] != before[3])
      #expect(try run.events("step").compactMap(\.step) == [1, 2, 3])
      let saved = try String(contentsOf: run.url("config.yaml"), encoding: .utf8)
      #expect(saved.contains("seed: 7"))
    }
  }

  @Test("--overwrite leaves a folder alone that is no run", arguments: [nil, 2] as [Int?])
  func overwriteForeign(ranks: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      try FileManager.default.createDirectory(at: run.url(), withIntermediateDirectories: true)
      try Data("precious".utf8).write(to: run.url("thesis.tex"))

      let result = try await holdfast(run.training("--overwrite"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 64)
      #expect(result.messages(with: "run does not look like a run").count == 1)
      #expect(try run.allFiles().keys.sorted() == ["thesis.tex"])
    }
  }

  /// Runs `body` in the folder of a finished run.
  private func withRun<Value>(_ body: (RunFolder) async throws -> Value) async throws -> Value {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return try await body(run)
    }
  }
}
