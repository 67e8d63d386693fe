import Experiments
import Foundation
import Reports
import TestSupport
import Testing

@Suite("The leaderboard")
struct LeaderboardTests {
  /// An evaluation of four samples under one attack at linf 0.3.
  ///
  /// - Parameter standing: The samples that withstand; the last is misclassified in any case.
  private func evaluation(
    _ model: String, _ attack: String, steps: Int? = nil, standing: Set<Int>, weights: String = "a",
    samples: Range<Int> = 0..<4, warnings: [String] = []
  ) -> Leaderboard.Evaluation {
    let wrong = samples.upperBound - 1
    let stands = standing.subtracting([wrong])
    let verdicts = samples.map { index in
      SampleVerdict(
        index: index, label: 1, predicted: stands.contains(index) ? 1 : 2,
        verdict: index == wrong ? .cleanWrong : stands.contains(index) ? .undecided : .broken, attack: attack,
        norm: "linf", epsilon: 0.3)
    }
    let record = EvaluationRecord(
      checkpoint: .init(path: "\(model).safetensors", sha256: model + weights),
      clean: AccuracyCount(correct: samples.count - 1, total: samples.count),
      attacks: [
        .init(
          name: attack, norm: "linf", epsilon: 0.3, steps: steps,
          count: AccuracyCount(correct: stands.count, total: samples.count), maxNorm: 0.3, seconds: 1)
      ], warnings: warnings)
    return Leaderboard.Evaluation(
      model: model, folder: "board/\(model)/\(attack)", record: record, verdicts: verdicts)
  }

  @Test("Places go by the samples that withstand all attacks, whichever breaks which")
  func places() throws {
    let leaderboard = try Leaderboard([
      // Each attack leaves two samples, both together one.
      evaluation("first", "fgsm", standing: [0, 1]),
      evaluation("first", "pgd", steps: 20, standing: [1, 2]),
      evaluation("second", "fgsm", standing: [0, 1, 2]),
      evaluation("second", "pgd", steps: 20, standing: [0, 1]),
      evaluation("third", "fgsm", standing: [0]), evaluation("third", "pgd", steps: 20, standing: [0]),
    ])
    let board = try #require(leaderboard.boards.first)

    #expect(board.norm == "linf")
    #expect(board.epsilon == 0.3)
    // 6 samples of all models withstand FGSM, 5 withstand PGD.
    #expect(board.attacks == ["fgsm", "pgd-20"])
    #expect(board.rows.map(\.model) == ["second", "first", "third"])
    #expect(board.rows.map(\.robust.correct) == [2, 1, 1])
    #expect(board.rows.map(\.place) == [1, 2, 2])
    #expect(board.rows[1].attacks.map { $0?.correct } == [2, 2])
  }

  @Test("An attack that a model did not meet is an open cell, and said")
  func missing() throws {
    let leaderboard = try Leaderboard([
      evaluation("first", "fgsm", standing: [0, 1]), evaluation("first", "square", standing: [0]),
      evaluation("second", "fgsm", standing: [0]),
    ])

    let rows = try #require(leaderboard.boards.first).rows
    #expect(rows.map(\.model) == ["first", "second"])
    #expect(rows[1].attacks.map { $0?.correct } == [1, nil])
    #expect(rows[1].warnings == ["did not meet square"])
    #expect(leaderboard.markdown.contains("| 1 | second | 75.00 | 25.00 | - | 25.00 ("))
    #expect(leaderboard.markdown.contains("- second: did not meet square"))
  }

  @Test("Other weights or other samples under one board are refused")
  func mixtures() {
    #expect(throws: ExperimentError.self) {
      try Leaderboard([
        evaluation("first", "fgsm", standing: [0]), evaluation("first", "pgd", standing: [0], weights: "b"),
      ])
    }
    #expect(throws: ExperimentError.self) {
      try Leaderboard([
        evaluation("first", "fgsm", standing: [0]),
        evaluation("second", "fgsm", standing: [0], samples: 0..<8),
      ])
    }
  }

  @Test("Names and warnings cannot break out of the pages")
  func escaping() throws {
    let leaderboard = try Leaderboard([
      evaluation("<b>|&", "fgsm", standing: [0], warnings: ["1 < 2 & \"so\" on"])
    ])

    #expect(leaderboard.html.contains("<td>&lt;b&gt;|&amp;</td>"))
    #expect(leaderboard.html.contains("1 &lt; 2 &amp; &quot;so&quot; on"))
    #expect(!leaderboard.html.contains("<b>"))
    #expect(leaderboard.markdown.contains("| <b>\\|& |"))
  }
}
