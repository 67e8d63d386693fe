import Foundation
import TestSupport
import Testing

@Suite("holdfast bench leaderboard")
struct BenchLeaderboardTests {
  @Test(
    "Evaluations of two models become three files; one that is not finished is left out", arguments: [nil, 2])
  func files(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let folder = data.appendingPathComponent("board")
      for (model, standing) in [("weak", 1), ("strong", 2)] {
        try write(folder.appendingPathComponent("\(model)/fgsm"), model, standing: standing)
      }
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("weak/pgd"), withIntermediateDirectories: true)

      let result = try await runHoldfast(
        ["bench", "leaderboard", folder.path, "--json"], ranks: ranks, data: data)

      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(result.messages.count == 1)
      #expect(result.messages.first?.contains("weak/pgd is not finished") == true)
      let boards = try #require(try result.json()["boards"] as? [[String: Any]])
      let rows = try #require(boards.first?["rows"] as? [[String: Any]])
      #expect(rows.map { $0["model"] as? String } == ["strong", "weak"])
      let file = try Data(contentsOf: folder.appendingPathComponent("leaderboard.json"))
      let written = try #require(try JSONSerialization.jsonObject(with: file) as? NSDictionary)
      #expect(written == (try result.json()) as NSDictionary)
      for name in ["leaderboard.md", "leaderboard.html"] {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        #expect(text.contains("linf, epsilon 0.25 (n = 3)"))
      }
    }
  }

  @Test("A folder without evaluations is missing input", arguments: ["nowhere", "."])
  func missing(folder: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        ["bench", "leaderboard", data.appendingPathComponent(folder).path], data: data)

      #expect(result.exitCode == 66)
      #expect(result.messages.count == 1)
    }
  }

  /// An evaluation of three samples under FGSM, of which the first `standing` withstand.
  private func write(_ folder: URL, _ model: String, standing: Int) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let record = """
      {"checkpoint": {"path": "\(model)", "sha256": "\(model)"}, "clean": {"correct": 3, "total": 3},
       "attacks": [{"name": "fgsm", "norm": "linf", "epsilon": 0.25, "correct": \(standing), "total": 3,
                    "maxNorm": 0.25, "seconds": 1, "stages": []}], "warnings": []}
      """
    let verdicts = (0..<3).map { index in
      """
      {"index": \(index), "label": 1, "predicted": 1, "verdict": "\(index < standing ? "undecided" : "broken")",
       "attack": "fgsm", "norm": "linf", "epsilon": 0.25}
      """.replacing("\n", with: "")
    }
    try Data(record.utf8).write(to: folder.appendingPathComponent("evaluation.json"))
    try Data((verdicts.joined(separator: "\n") + "\n").utf8).write(
      to: folder.appendingPathComponent("verdicts.jsonl"))
  }
}
