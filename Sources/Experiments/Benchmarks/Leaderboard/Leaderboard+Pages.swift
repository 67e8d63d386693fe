import Reports

extension Leaderboard {
  private static let explanation =
    "Accuracy in percent. Places go by the samples that withstand all attacks of a row together, whichever of them "
    + "breaks a sample; in brackets the 95 % Wilson interval."

  /// The boards as Markdown.
  package var markdown: String {
    var lines = ["# Leaderboard", "", Self.explanation]
    for board in boards {
      lines += ["", "## \(board.title)", ""]
      lines.append(Self.markdownRow(board.headings))
      lines.append(Self.markdownRow(board.headings.enumerated().map { $0.offset == 1 ? "---" : "---:" }))
      lines += board.rows.map { Self.markdownRow(board.cells($0)) }
      let warnings = board.warnings
      if !warnings.isEmpty { lines.append("") }
      lines += warnings.map { "- \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The boards as one HTML page without anything from elsewhere.
  package var html: String {
    let sections = boards.map { board in
      let heading = board.headings.map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined()
      let rows = board.rows.map { row in
        "<tr>" + board.cells(row).map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>"
      }
      let warnings = board.warnings.map { "<li>\(Self.escaped($0))</li>" }.joined(separator: "\n")
      return """
        <h2>\(Self.escaped(board.title))</h2>
        <table>
        <thead><tr>\(heading)</tr></thead>
        <tbody>
        \(rows.joined(separator: "\n"))
        </tbody>
        </table>\(warnings.isEmpty ? "" : "\n<ul>\n\(warnings)\n</ul>")
        """
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8" />
      <title>Leaderboard</title>
      <style>
      body { font: 16px/1.5 sans-serif; color-scheme: light dark; margin: 2em auto; max-width: 70em; padding: 0 1em }
      table { border-collapse: collapse }
      th, td { padding: 0.2em 0.8em; text-align: right; border-bottom: 1px solid #8888 }
      th:nth-child(2), td:nth-child(2) { text-align: left }
      </style>
      </head>
      <body>
      <h1>Leaderboard</h1>
      <p>\(Self.explanation)</p>
      \(sections.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private static func markdownRow(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}

extension Leaderboard.Board {
  fileprivate var title: String {
    let totals = Set(rows.map(\.robust.total)).sorted().map(String.init).joined(separator: ", ")
    return "\(norm), epsilon \(ConfigurationNumber.text(epsilon)) (n = \(totals))"
  }

  fileprivate var headings: [String] { ["place", "model", "clean"] + attacks + ["all attacks"] }

  fileprivate func cells(_ row: Leaderboard.Row) -> [String] {
    let interval = row.robust.ci95
    return ["\(row.place)", row.model, Self.percent(row.clean.accuracy)]
      + row.attacks.map { $0.map { Self.percent($0.accuracy) } ?? "-" }
      + [
        "\(Self.percent(row.robust.accuracy)) (\(Self.percent(interval.lower)) to \(Self.percent(interval.upper)))"
      ]
  }

  fileprivate var warnings: [String] { rows.flatMap { row in row.warnings.map { "\(row.model): \($0)" } } }

  private static func percent(_ share: Double) -> String { fixed(100 * share, 2) }
}
