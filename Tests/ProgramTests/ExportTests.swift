import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Networks are exported")
struct ExportTests {
  private func export(
    _ arguments: String..., ranks: Int? = nil, in directory: URL
  ) async throws -> RankJobResult {
    try await holdfast(["export"] + arguments, ranks: ranks, in: directory)
  }

  private func tensors(_ directory: URL, _ file: String) throws -> [String: NamedTensor] {
    let tensors = try SafetensorsFile(contentsOf: directory.appendingPathComponent(file).path).tensors
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  @Test("safetensors hold the checkpoint's weights, and say what they are", arguments: [nil, 2] as [Int?])
  func safetensors(ranks: Int?) async throws {
    try await withTrainedRun { run in
      let directory = run.folder.directory
      let step = try #require(run.folder.steps.dropLast().last)
      let result = try await export(
        "run", "--checkpoint", "\(step)", "--output", "net.safetensors", "--samples", "5", "--json",
        ranks: ranks, in: directory)
      try #require(result.exitCode == 0, "\(result.standardError)")

      let exported = try tensors(directory, "net.safetensors")
      for (name, values) in try run.folder.tensors(step: step, "model.safetensors") {
        #expect(exported[name]?.values == values, "\(name)")
      }
      let metadata = try SafetensorsFile(
        contentsOf: directory.appendingPathComponent("net.safetensors").path
      ).metadata
      #expect(metadata["format"] == "pt" && metadata["model.name"] == "cnn-small")
      #expect(metadata["checkpoint_sha256"] == (try run.folder.checkpoints()[step]?[0]))
      let samples = try tensors(directory, "net.samples.safetensors")
      #expect(samples["images"]?.shape == [5, 1, 28, 28] && samples["outputs"]?.shape == [5, 10])
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any])
      #expect(report["output"] as? String == "net.safetensors" && report["outputs"] as? Int == 10)
    }
  }

  @Test("What was exported is evaluated as the run is, without being told what it is")
  func evaluated() async throws {
    try await withTrainedRun { run in
      let directory = run.folder.directory
      let result = try await export("run", "--output", "net.safetensors", in: directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let attack = ["--attack", "pgd", "--steps", "3", "--epsilon", "0.06", "--seed", "1"]
      let own = try await run.evaluate(attack, into: "own")
      let bare = try await holdfast(
        ["evaluate", "net.safetensors", "--threads", "1", "--output", "bare"] + attack, in: directory)

      #expect(own.exitCode == 0 && bare.exitCode == 0, "\(own.standardError) \(bare.standardError)")
      #expect(bare.standardOutput.contains("clean"))
      #expect(
        try String(contentsOf: run.url("own", "verdicts.jsonl"), encoding: .utf8)
          == String(contentsOf: run.url("bare", "verdicts.jsonl"), encoding: .utf8))
    }
  }

  @Test("ONNX files carry the weights' bytes, and are the same on any number of ranks")
  func onnx() async throws {
    try await withTrainedRun { run in
      let directory = run.folder.directory
      var files: [Data] = []
      for (name, ranks) in [("one", nil), ("two", 2)] as [(String, Int?)] {
        let result = try await export(
          "run", "--format", "onnx", "--output", "\(name).onnx", ranks: ranks, in: directory)
        try #require(result.exitCode == 0, "\(result.standardError)")
        files.append(try Data(contentsOf: directory.appendingPathComponent("\(name).onnx")))
      }

      #expect(files[0] == files[1])
      let step = try #require(run.folder.steps.last)
      for (name, values) in try run.folder.tensors(step: step, "model.safetensors") {
        #expect(files[0].range(of: values.withUnsafeBytes { Data($0) }) != nil, "\(name)")
        #expect(files[0].range(of: Data(name.utf8)) != nil)
      }
    }
  }

  @Test("Weights under other names are matched by shape and order, hidden layers by their sizes")
  func foreign() async throws {
    try await withTemporaryDirectory { directory in
      let shapes =
        [("0.weight", [7, 784]), ("0.bias", [7]), ("2.weight", [6, 7]), ("2.bias", [6])]
        + [("10.weight", [10, 6]), ("10.bias", [10])]
      let theirs = shapes.enumerated().map { index, tensor in
        NamedTensor(
          name: tensor.0, shape: tensor.1,
          values: (0..<tensor.1.reduce(1, *)).map { Float($0 % 13) / 13 - Float(index) / 10 })
      }
      try SafetensorsFile(tensors: theirs).write(
        to: directory.appendingPathComponent("theirs.safetensors").path)
      let result = try await export(
        "theirs.safetensors", "--model", "mlp", "--output", "ours.safetensors", in: directory)
      try #require(result.exitCode == 0, "\(result.standardError)")

      #expect(result.messages(with: "matched by order and shape", "10.weight as fc3.weight").count == 1)
      let ours = try tensors(directory, "ours.safetensors")
      for (name, index) in [("fc1.weight", 0), ("fc2.weight", 2), ("fc3.weight", 4), ("fc3.bias", 5)] {
        #expect(ours[name]?.values == theirs[index].values, "\(name)")
      }
    }
  }

  @Test(
    "What cannot be exported is refused by one message",
    arguments: [
      (["run", "--output", "net.pt"], 64, "has to end in .onnx or .safetensors"),
      (["run", "--format", "onnx", "--output", "net.safetensors"], 64, "has to end in .onnx"),
      (["run", "--output", "there.onnx"], 64, "there.onnx is there already"),
      (["run", "--output", "net.onnx", "--checkpoint", "77"], 66, "77"),
      (["absent", "--output", "net.onnx"], 66, "there is no such run"),
      (["weights.safetensors", "--output", "net.onnx"], 64, "does not say which architecture"),
      (["weights.safetensors", "--model", "lenet", "--output", "net.onnx"], 65, "does not fit lenet"),
      (["run", "--output", "net.onnx", "--samples", "-1"], 64, "--samples"),
    ] as [([String], Int32, String)], [nil, 2] as [Int?])
  func refused(_ wrong: ([String], Int32, String), ranks: Int?) async throws {
    try await withTrainedRun { run in
      let directory = run.folder.directory
      try Data().write(to: directory.appendingPathComponent("there.onnx"))
      let weights = run.folder.url(step: try #require(run.folder.steps.last), "model.safetensors")
      try FileManager.default.copyItem(
        at: weights, to: directory.appendingPathComponent("weights.safetensors"))

      let result = try await holdfast(["export"] + wrong.0, ranks: ranks, in: directory)

      #expect(result.exitCode == wrong.1, "\(result.standardError)")
      #expect(result.standardError.contains(wrong.2), "\(result.standardError)")
      #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("net.onnx").path))
    }
  }
}
