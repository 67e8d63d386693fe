import Foundation
import TestSupport
import Testing

@Suite("What the program prints")
struct ProgramOutputTests {
  private static let configuration = """
    data: {name: synthetic, samples: 53, testSamples: 20}
    model: {name: mlp, hidden: [10]}
    batch: {size: 20, microbatch: 4}
    epochs: 2
    threat: {norm: linf, epsilon: 8/255}
    training: {method: pgd, steps: 5}
    evaluation: {final: [fgsm, {name: pgd, steps: 4}]}
    """

  @Test(
    "--help and --version print once on standard output, and nothing else", arguments: [nil, 1, 3] as [Int?])
  func help(ranks: Int?) async throws {
    for (arguments, text) in [
      (["--help"], "USAGE: holdfast <subcommand>"), (["train", "--help"], "USAGE: holdfast train <config>"),
      (["help", "train"], "USAGE: holdfast train <config>"), (["--version"], "0.1.0"),
    ] {
      let result = try await holdfast(arguments, ranks: ranks)

      #expect(result.exitCode == 0)
      #expect(result.standardOutput.components(separatedBy: text).count == 2, "\(result.standardOutput)")
      #expect(result.standardError.isEmpty)
    }
  }

  @Test("--version prints one line")
  func version() async throws {
    let result = try await holdfast(["--version"], ranks: 2)

    #expect(result.standardOutput.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(
    "--dry-run prints configuration and plan, and leaves nothing behind", arguments: [nil, 1, 2, 4] as [Int?])
  func dryRun(ranks: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training("--dry-run"), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0)
      let lines = result.standardOutput.split(separator: "\n").map(String.init)
      let shares =
        [
          0: "5", 1: "5", 2: "2, 3; a batch of 24 would take as long",
          4: "1, 1, 1, 2; a batch of 32 would take as long",
        ][ranks ?? 0] ?? ""
      for line in [
        "epochs: 2", "# The plan", "#   parameters     7960 in 4 tensors",
        "#   training       53 samples, 0 held out, 20 test samples",
        "#   steps          3 an epoch, 6 in all",
        "#   micro-batches  5 of 4; by rank \(shares)",
      ] {
        #expect(lines.count { $0 == line } == 1, "\(line) in \(result.standardOutput)")
      }
      // The step size that was left out: 2.5 epsilon / steps.
      #expect(lines.contains { $0.hasPrefix("#   method         pgd training: ") && $0.contains("0.0156") })
      #expect(lines.contains { $0.hasPrefix("#   ranks          \(ranks ?? 1) x 1 threads, ") })
      #expect(!FileManager.default.fileExists(atPath: run.url().path))
    }
  }

  @Test(
    "--dry-run --json prints one object with what the run will cost, and leaves nothing behind",
    arguments: [nil, 2] as [Int?])
  func dryRunObject(ranks: Int?) async throws {
    let configuration = """
      data: {name: synthetic, samples: 73, testSamples: 20, validation: 20}
      model: {name: mlp, hidden: [10]}
      batch: {size: 20, microbatch: 4}
      epochs: 5
      training: {method: free, replays: 2}
      weightPerturbation: {gamma: 0.01, warmup: 1}
      evaluation: {everyEpochs: 2, final: [fgsm, {name: pgd, restarts: 3}, autoattack]}
      checkpoint: {everySteps: 7}
      guards: {catastrophicOverfitting: {action: stop, perEpoch: 2, samples: 10}}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training("--dry-run", "--json"), ranks: ranks, in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let plan = try #require(
        try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
      let forecast = try #require(plan["forecast"] as? [String: Any])
      func number(_ key: String) throws -> Double { try #require(forecast[key] as? Double, "\(key)") }

      // 3 batches of 53 samples, each learned from twice.
      #expect(try number("steps") == 30 && number("steps_per_epoch") == 6)
      #expect(try number("validations") == 3 && number("guard_probes") == 10)
      let evaluation = try #require(forecast["evaluation"] as? [[String: Any]])
      #expect(evaluation.compactMap { $0["samples"] as? Int } == [20, 20, 20, 20])
      #expect(evaluation.allSatisfy { $0["seconds"] as? Double ?? 0 > 0 })
      // Steps 0, 7, 14, 21 and 28, the ends of epochs 6, 12, 18 and 24, and the end.
      #expect((forecast["checkpoints"] as? [String: Any])?["count"] as? Int == 10)
      let parts = ["training", "validation", "evaluation", "checkpoint", "start_up"]
      let sum = try parts.reduce(0) { try $0 + number("\($1)_seconds") }
      #expect(try abs(number("total_seconds") - sum) < 1e-9 * sum)
      #expect(try number("training_seconds") > 0 && number("megabytes_per_rank") > 10)
      // Weights are perturbed from the second epoch on.
      let stretches = try #require(forecast["stretches"] as? [[String: Any]])
      #expect(stretches.compactMap { $0["epochs"] as? Double } == [1, 4])
      for stretch in stretches {
        let shares = try #require((stretch["step"] as? [String: Any])?["shares"] as? [String: Double])
        #expect(abs(shares.values.reduce(0, +) - 1) < 0.05 && shares.values.allSatisfy { $0 >= 0 })
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: run.directory.path)
      #expect(names == ["config.yaml"])
    }
  }

  @Test("Where a part of a data set is at hand, --dry-run tells what the whole would take")
  func dryRunOnPart() async throws {
    // 4,000 and 1,000 of MNIST's digits.
    let digits = Checkout.folder.appendingPathComponent("Sources/Datasets/Resources/mnist-5k")
    let configuration = """
      data: {name: mnist, path: \(digits.path), validation: 100}
      model: {name: mlp, hidden: [10]}
      batch: {size: 100}
      epochs: 2
      training: {method: fgsm}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training("--dry-run", "--json"), in: run.directory)
      let plan = try #require(
        try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
      let forecast = try #require(plan["forecast"] as? [String: Any])
      let published = try #require(forecast["published"] as? [String: Any])
      func ratio(_ key: String) throws -> Double {
        try #require(published[key] as? Double) / #require(forecast[key] as? Double)
      }

      #expect(published["training_samples"] as? Int == 59_900)
      #expect(published["test_samples"] as? Int == 10_000)
      // 39 batches an epoch here, and 599 there.
      let batches = 599.0 / 39
      #expect(try abs(ratio("steps") - batches) < 1e-9 && abs(ratio("training_seconds") - batches) < 1e-6)
      #expect(try ratio("total_seconds") > 1)

      let text = try await holdfast(run.training("--dry-run"), in: run.directory).standardOutput
      #expect(text.contains("on all data") && text.contains("1198 steps: 59900 training samples, 10000 test"))
    }
  }

  @Test("What --dry-run prints is a configuration of the same run")
  func dryRunIsConfiguration() async throws {
    try await withRunFolder(Self.configuration) { run in
      let plan = try await holdfast(run.training("--dry-run"), in: run.directory)
      try Data(plan.standardOutput.utf8).write(to: run.directory.appendingPathComponent("plan.yaml"))
      let first = try await holdfast(run.training(), in: run.directory)
      try #require(first.exitCode == 0, "\(first.standardError)")

      let resumed = try await holdfast(
        ["train", "plan.yaml", "--output", "run", "--resume", "--threads", "1"], in: run.directory)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.events("resume").map(\.step) == [6])
    }
  }

  @Test("The saved configuration is the resolved one, and of the same run")
  func savedConfiguration() async throws {
    try await withRunFolder(Self.configuration) { run in
      let first = try await holdfast(run.training(), in: run.directory)
      try #require(first.exitCode == 0, "\(first.standardError)")
      let saved = try String(contentsOf: run.url("config.yaml"), encoding: .utf8)

      let resumed = try await holdfast(
        ["train", "run/config.yaml", "--output", "run", "--resume", "--threads", "1"], in: run.directory)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(saved.contains("stepSize: "))
    }
  }

  @Test("Standard output holds the results alone, the same from any number of ranks")
  func results() async throws {
    var outputs: [String] = []
    for ranks in [nil, 1, 3] as [Int?] {
      try await withRunFolder(Self.configuration) { run in
        let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

        #expect(result.exitCode == 0)
        let lines = result.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.last == "results: run/evaluations/final/evaluation.json")
        #expect(lines.count { $0.contains("clean") } == 1)
        #expect(lines.count { $0.contains("pgd-4 linf") } == 1)
        #expect(lines.count { $0.contains("fgsm linf") } == 1)
        #expect(lines.allSatisfy { !$0.contains("holdfast") && !$0.contains("epoch ") })
        // Progress and every result in words are on standard error, from rank 0 only.
        #expect(result.messages(with: "epoch 1/2").count == 1)
        #expect(result.messages(with: "epoch 2/2", "step 6").count == 1)
        #expect(result.messages(with: "clean accuracy", "of 20").count == 1)
        #expect(result.messages(with: "robust accuracy under", "95 % interval").count == 2)
        outputs.append(result.standardOutput)
      }
    }
    #expect(outputs.count == 3)
    #expect(Set(outputs).count == 1)
  }
}
