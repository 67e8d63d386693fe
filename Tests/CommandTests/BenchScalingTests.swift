import Foundation
import TestSupport
import Testing

@Suite("holdfast bench scaling")
struct BenchScalingTests {
  /// Numbers to the last bit: JSONSerialization may read another one, and not the same for a number and its negative.
  private struct Printed: Decodable {
    struct Step: Decodable {
      let crowded: Bool
      let error: Double
    }
    struct Fit: Decodable {
      let largestError: Double
    }
    let steps: [Step]
    let fit: Fit
  }

  private let quick = ["--model", "mlp", "--steps", "1", "--batch", "64", "--repetitions", "2"]

  @Test("It prints one object: measured steps, the model's errors, and predictions up to the most ranks")
  func object() async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        ["bench", "scaling", "--ranks", "1,2", "--microbatch", "16", "--most", "8", "--json"] + quick,
        data: data)

      #expect(result.exitCode == 0, "\(result.standardError)")
      let object = try result.json()
      #expect(object["parameters"] as? Int == 79_510)
      let steps = try #require(object["steps"] as? [[String: Any]])
      #expect(steps.map { $0["kind"] as? String } == ["strong", "strong", "weak"])
      #expect(steps.map { $0["ranks"] as? Int } == [1, 2, 2])
      #expect(steps.map { $0["batch"] as? Int } == [64, 64, 128])
      #expect(steps.map { $0["microbatches"] as? Int } == [4, 4, 8])
      for step in steps {
        let (seconds, model, error) = (
          try #require(step["step_seconds"] as? Double), try #require(step["model_seconds"] as? Double),
          try #require(step["error"] as? Double)
        )
        #expect(seconds > 0 && model > 0)
        #expect(abs(model / seconds - 1 - error) < 1e-9)
      }
      let reductions = try #require(object["reductions"] as? [[String: Any]])
      #expect(reductions.count == 6)
      #expect(reductions.allSatisfy { $0["ranks"] as? Int == 2 })
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let printed = try decoder.decode(Printed.self, from: Data(result.standardOutput.utf8))
      let errors = printed.steps.filter { !$0.crowded }.map(\.error)
      if errors.count >= 2 {
        #expect(printed.fit.largestError == errors.map(abs).max())
      }

      let predictions = try #require(object["predictions"] as? [[String: Any]])
      // Strong and weak, three networks, 1 2 4 8 ranks.
      #expect(predictions.count == 24)
      #expect(Set(predictions.compactMap { $0["ranks"] as? Int }) == [1, 2, 4, 8])
      #expect(predictions.filter { $0["ranks"] as? Int == 1 }.allSatisfy { $0["efficiency"] as? Double == 1 })

      try await expectReport(of: result.standardOutput, steps: steps, in: data)
    }
  }

  /// What was printed is what a report takes in, key by key.
  private func expectReport(of output: String, steps: [[String: Any]], in folder: URL) async throws {
    let (measured, page) = (
      folder.appendingPathComponent("scaling.json"), folder.appendingPathComponent("page.html")
    )
    try Data(output.utf8).write(to: measured)
    let run = folder.appendingPathComponent("run")
    try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
    try Data().write(to: run.appendingPathComponent("metrics.jsonl"))

    let result = try await runHoldfast(
      ["report", run.path, "--scaling", measured.path, "--output", page.path], data: folder)

    #expect(result.exitCode == 0, "\(result.standardError)")
    let html = try String(contentsOf: page, encoding: .utf8)
    #expect(html.contains("<h3>Scaling of mlp, pgd-1</h3>"))
    #expect(html.contains("Predictions up to 8 ranks"))
    for step in steps {
      let seconds = try #require(step["step_seconds"] as? Double)
      #expect(html.contains(String(format: "%.1f", 1e3 * seconds)))
    }
    // Two charts, and a table with a row for every prediction.
    #expect(html.contains("id=\"scaling-strong") && html.contains("id=\"scaling-weak"))
    #expect(html.matches(of: /<th scope="row"[^>]*>[^<]*Gbit\/s<\/th>/).count == 24)

    try Data(output.replacingOccurrences(of: "microbatch_seconds", with: "seconds").utf8).write(to: measured)
    let refused = try await runHoldfast(
      ["report", run.path, "--scaling", measured.path, "--output", page.path], data: folder)
    #expect(refused.exitCode != 0 && refused.standardError.contains(measured.path))
  }

  @Test("Under mpirun it says that it starts mpirun itself")
  func launcher() async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["bench", "scaling"] + quick, ranks: 2, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.components(separatedBy: "starts mpirun itself").count == 2)
    }
  }

  @Test(
    "What cannot be is refused before anything is started",
    arguments: [
      (["--ranks", "2"], "--ranks is 2"), (["--ranks", "1,x"], "--ranks is 1,x"),
      (["--ranks", "0,1"], "--ranks is 0,1"), (["--latency", "1,2"], "--latency has 2 values"),
      (["--bandwidth", "1,0,2"], "--bandwidth is 1,0,2"),
      (["--model", "resnot"], "model.name has to be one of"),
      (["--attack", "nonesuch"], "nonesuch"),
    ])
  func usage(arguments: [String], message: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["bench", "scaling"] + arguments, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.contains(message))
      #expect(result.standardOutput.isEmpty)
    }
  }

  @Test("Without mpirun it says so")
  func noLauncher() async throws {
    try await withTemporaryDirectory { data in
      // What the tests start jobs with, and nothing else.
      let programs = data.appendingPathComponent("programs")
      try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
      for name in ["timeout", "env"] {
        try FileManager.default.createSymbolicLink(
          at: programs.appendingPathComponent(name),
          withDestinationURL: URL(fileURLWithPath: "/usr/bin/\(name)"))
      }

      let result = try await runHoldfast(
        ["bench", "scaling"], data: data, environment: ["PATH": programs.path])

      #expect(result.exitCode == 69)
      #expect(result.standardError.contains("there is no mpirun on the PATH"))
    }
  }
}
