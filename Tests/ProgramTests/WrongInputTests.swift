import Foundation
import TestSupport
import Testing

@Suite("Wrong inputs end the job with one message")
struct WrongInputTests {
  /// An input that is wrong, and what is said about it.
  struct WrongInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let exitCode: Int32
    /// What the one message holds.
    let texts: [String]
    var configuration = "data: {name: synthetic, samples: 20, testSamples: 5}\n"
    var arguments = ["config.yaml"]
  }

  private static let cases = [
    WrongInput(
      testDescription: "no such configuration", exitCode: 66, texts: ["absent.yaml: there is no such file"],
      arguments: ["absent.yaml"]),
    WrongInput(
      testDescription: "a folder for a configuration", exitCode: 66, texts: ["this is a folder"],
      arguments: ["."]),
    WrongInput(
      testDescription: "an unknown key", exitCode: 64,
      texts: ["config.yaml:2: unknown key training.stepsize; did you mean training.stepSize?"],
      configuration: "training:\n  stepsize: 0.1\n"),
    WrongInput(
      testDescription: "an unknown key of the command line", exitCode: 64,
      texts: ["command line: unknown key epoch; did you mean epochs?"], arguments: ["config.yaml", "epoch=3"]),
    WrongInput(
      testDescription: "a value of a wrong type", exitCode: 64,
      texts: ["config.yaml:2:", "batch.size", "large"],
      configuration: "batch:\n  size: large\n"),
    WrongInput(
      testDescription: "a value out of range", exitCode: 64, texts: ["config.yaml:1:", "epochs", "0"],
      configuration: "epochs: 0\n"),
    WrongInput(
      testDescription: "a crop that may leave nothing of an image", exitCode: 64,
      texts: ["data.augmentation.crop is 28", "28x28 pixels"],
      configuration: "data: {name: synthetic, augmentation: {crop: 28}}\n"),
    WrongInput(
      testDescription: "an unknown model", exitCode: 64,
      texts: ["config.yaml:1:", "model.name", "cnn-small"],
      configuration: "model: {name: cnn-smal}\n"),
    WrongInput(
      testDescription: "an impossible combination", exitCode: 64,
      texts: ["config.yaml:1:", "training.method", "exact"],
      configuration: "training: {method: exact}\n"),
    WrongInput(
      testDescription: "bounds for balls that are no intervals", exitCode: 64,
      texts: ["training.method", "ibp needs norm linf", "l2"],
      configuration: "threat: {norm: l2, epsilon: 1}\ntraining: {method: ibp}\n"),
    WrongInput(
      testDescription: "linear bounds through maximum pooling", exitCode: 64,
      texts: ["training.method crown-ibp cannot be used", "maximum pooling of cnn-madry"],
      configuration: """
        data: {name: synthetic, samples: 20, testSamples: 5}
        model: {name: cnn-madry}
        training: {method: crown-ibp}
        """),
    WrongInput(
      testDescription: "a ramp that does not end", exitCode: 64,
      texts: ["training.rampLength", "of 3 epochs behind 1 does not end within the run of 2"],
      configuration: "epochs: 2\ntraining: {method: ibp, rampStart: 1, rampLength: 3}\n"),
    WrongInput(
      testDescription: "broken YAML", exitCode: 64, texts: ["config.yaml:3: this is not YAML"],
      configuration: "seed: 1\nmodel: {name: mlp\n"),
    WrongInput(
      testDescription: "images too small for the network", exitCode: 64,
      texts: ["lenet needs images of at least 16x16"],
      configuration: "data: {name: synthetic, shape: [1, 8, 8]}\nmodel: {name: lenet}\n"),
    WrongInput(
      testDescription: "more held out than there is", exitCode: 64, texts: ["20"],
      configuration: "data: {name: synthetic, samples: 20, validation: 20}\n"),
    WrongInput(
      testDescription: "no folder of data", exitCode: 66, texts: ["nowhere"],
      configuration: "data: {name: mnist, path: nowhere}\n"),
    WrongInput(
      testDescription: "a learning rate that makes the loss NaN", exitCode: 65,
      texts: ["the loss is not finite at step", "lower the learning rate"],
      configuration: """
        data: {name: synthetic, samples: 64, testSamples: 5}
        model: {name: mlp}
        batch: {size: 8, microbatch: 2}
        optimizer: {name: sgd}
        schedule: {name: constant, learningRate: 1e30}
        training: {method: standard}
        """),
  ]

  @Test("Configurations", arguments: cases, [nil, 2, 4] as [Int?])
  func configurations(wrong: WrongInput, ranks: Int?) async throws {
    try await withRunFolder(wrong.configuration) { run in
      try await expectFailure(wrong, ranks: ranks, in: run)
    }
  }

  @Test("Usage errors are said once", arguments: [nil, 1, 2, 4] as [Int?])
  func usage(ranks: Int?) async throws {
    for (arguments, text) in [
      (["train"], "Missing expected argument"),
      (["train", "a.yaml", "--resume", "--overwrite"], "exclude each other"),
      (["train", "a.yaml", "--threads", "0"], "--threads is 0"), (["tarin"], "tarin"),
      (["train", "a.yaml", "--outptu", "x"], "--outptu"),
    ] {
      let result = try await holdfast(arguments, ranks: ranks)

      #expect(result.exitCode == 64, "\(arguments)")
      #expect(result.standardError.components(separatedBy: "Error: ").count == 2, "\(result.standardError)")
      #expect(result.standardError.contains(text))
      #expect(result.standardOutput.isEmpty)
    }
  }

  @Test(
    "A variable of the environment that means nothing is refused",
    arguments: ["HOLDFAST_INSTRUCTION_SET", "HOLDFAST_KERNELS", "HOLDFAST_REDUCTION"])
  func environment(variable: String) async throws {
    try await withTemporaryDirectory { folder in
      let result = try await holdfast(
        ["data", "describe", "mnist-5k"], ranks: 2, in: folder, environment: [variable: "libary"])

      #expect(result.exitCode == 64)
      #expect(
        result.messages(with: "\(variable) is libary and has to be").count == 1, "\(result.standardError)")
    }
  }

  // MARK: - Data files

  @Test("Data files that are not what they have to be", arguments: DamagedData.allCases, [1, 2, 4] as [Int?])
  func dataFiles(damage: DamagedData, ranks: Int?) async throws {
    let configuration = "data: {name: mnist, path: mnist, validation: 2}\nmodel: {name: mlp}\n"
    try await withRunFolder(configuration) { run in
      let culprit = try damage.makeFiles(in: run.directory.appendingPathComponent("mnist"))
      let wrong = WrongInput(
        testDescription: damage.rawValue, exitCode: 65, texts: ["mnist/\(culprit)"] + damage.texts)
      try await expectFailure(wrong, ranks: ranks, in: run)
    }
  }

  @Test("Intact data files of the same kind are taken")
  func intactDataFiles() async throws {
    let configuration = """
      data: {name: mnist, path: mnist, validation: 2}
      model: {name: mlp}
      batch: {size: 4, microbatch: 2}
      epochs: 1
      training: {method: standard}
      """
    try await withRunFolder(configuration) { run in
      try DamagedData.makeIntactFiles(in: run.directory.appendingPathComponent("mnist"))

      let result = try await holdfast(run.training(), ranks: 2, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
    }
  }

  private func expectFailure(_ wrong: WrongInput, ranks: Int?, in run: RunFolder) async throws {
    let arguments = ["train"] + wrong.arguments + ["--output", "run", "--threads", "1"]

    let result = try await holdfast(arguments, ranks: ranks, in: run.directory)

    #expect(result.exitCode == wrong.exitCode, "\(result.standardError)")
    let hits = result.messages.filter { message in wrong.texts.allSatisfy { message.contains($0) } }
    #expect(hits.count == 1, "\(result.standardError)")
    // Progress and warnings apart, nothing else of ours is said, and nobody is called the culprit.
    let progress = ["training ", "running ", "warning: "]
    let others = result.messages.filter { message in !progress.contains { message.hasPrefix($0) } }
    #expect(others.count == 1, "\(others)")
    #expect(!others.contains { $0.hasPrefix("rank ") })
    #expect(result.standardOutput.isEmpty)
  }
}
