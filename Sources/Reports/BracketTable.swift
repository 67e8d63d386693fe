import Foundation

/// Brackets of robust accuracy as a text table for the terminal: a row for each, with 95 % Wilson intervals.
public struct BracketTable: Sendable {
  private let brackets: [EvaluationRecord.Bracket]

  /// Creates a table of brackets.
  public init(_ brackets: [EvaluationRecord.Bracket]) {
    self.brackets = brackets
  }

  /// The table: the samples of each kind, then both bounds on robust accuracy in percent.
  public func rendered() -> String {
    let heading = [
      "threat", "clean-wrong", "broken", "undecided", "certified", "certified accuracy", "attacked accuracy",
    ]
    let rows = brackets.map { bracket in
      [
        "\(bracket.norm) \(Self.text(bracket.epsilon))\(bracket.box ? "" : " no box")",
        "\(bracket.cleanWrong)", "\(bracket.broken)", "\(bracket.undecided)", "\(bracket.certified)",
        Self.text(bracket.certifiedAccuracy), Self.text(bracket.attackedAccuracy),
      ]
    }
    let widths = heading.indices.map { column in
      ([heading] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    let first = line(heading)
    let totals = Set(brackets.map(\.certifiedAccuracy.total)).sorted().map(String.init)
    return
      ([first, String(repeating: "-", count: first.count)] + rows.map(line) + [
        "certified accuracy <= robust accuracy <= attacked accuracy; in %, with 95 % intervals, n = "
          + totals.joined(separator: ", ")
      ] + Set(brackets.compactMap(\.certifiedFor)).sorted().map { "certified for \($0)" })
      .joined(separator: "\n")
  }

  private static func text(_ epsilon: Double) -> String {
    String(format: "%.6g", epsilon)
  }

  private static func text(_ count: AccuracyCount) -> String {
    let interval = count.ci95
    return String(
      format: "%.2f (%.2f to %.2f)", 100 * count.accuracy, 100 * interval.lower, 100 * interval.upper)
  }
}
