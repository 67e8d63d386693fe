import Foundation
import TestSupport
import Testing

@Suite("bench scaling")
struct BenchScalingTests {
  private static let small = [
    "bench", "scaling", "--model", "mlp", "--attack", "fgsm", "--batch", "32", "--microbatch", "8",
    "--repetitions",
    "1",
  ]

  @Test("It measures both kinds of scaling, fits a model, says its error, and predicts 1024 ranks")
  func measures() async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        Self.small + ["--ranks", "1,2", "--json", "--output", "scaling.json"], data: data, directory: data)
      try #require(result.exitCode == 0, "\(result.standardError)")

      let record = try result.json()
      let steps = try #require(record["steps"] as? [[String: Any]])
      #expect(steps.map { $0["mode"] as? String } == ["strong", "strong", "weak"])
      #expect(steps.map { $0["ranks"] as? Int } == [1, 2, 2])
      #expect(steps.map { $0["batch"] as? Int } == [32, 32, 64])
      #expect(
        steps.allSatisfy { ($0["seconds"] as? Double ?? 0) > 0 && ($0["modelSeconds"] as? Double ?? 0) > 0 })
      #expect((record["reductions"] as? [[String: Any]])?.count == 3)
      #expect((record["fit"] as? [String: Double])?.values.allSatisfy { $0 >= 0 } == true)
      let predictions = try #require(record["predictions"] as? [[String: Any]])
      #expect(predictions.compactMap { $0["ranks"] as? Int }.max() == 1024)
      let file = try Data(contentsOf: data.appendingPathComponent("scaling.json"))
      let saved = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
      #expect(Set(saved.keys) == Set(record.keys))
    }
  }

  @Test("The table has what was measured and what is predicted")
  func table() async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(Self.small + ["--ranks", "1"], data: data)
      try #require(result.exitCode == 0, "\(result.standardError)")
      for text in ["measured", "error on what was measured", "Ethernet, 1 Gb/s", "1024"] {
        #expect(result.standardOutput.contains(text), "\(text)")
      }
    }
  }

  @Test(
    "What cannot be is said with the right code",
    arguments: [
      (["--ranks", "0,1"], nil as Int?, Int32(64), "--ranks is 0,1"),
      (["--ranks", "1,,2"], nil, 64, "--ranks is 1,,2"),
      (["--model", "nonsense"], nil, 64, "there is no model nonsense"),
      (["--ranks", "1"], 1, 64, "starts mpirun itself"),
    ])
  func refused(arguments: [String], ranks: Int?, code: Int32, text: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["bench", "scaling"] + arguments, ranks: ranks, data: data)
      #expect(result.exitCode == code)
      #expect(result.standardError.contains(text), "\(result.standardError)")
    }
  }
}
