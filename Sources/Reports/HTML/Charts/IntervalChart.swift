import Foundation

/// Accuracies of groups side by side, a row for each group and a mark for each accuracy, as inline SVG.
struct IntervalChart {
  /// An accuracy of each group.
  struct Series {
    var name: String
    var color: Int
    var style: Int
    /// One for each group; nil where there is none.
    var counts: [AccuracyCount?]
  }

  /// Where it can be linked to, and what its parts are called.
  var id: String
  var title: String
  /// What a reader who does not see it should know.
  var description: String
  /// The heading of the groups in the table.
  var groupLabel: String
  var groups: [String]
  var series: [Series]

  private static let width = 480.0
  /// The distance of marks within a row.
  private static let lineHeight = 7.0
  private var rowHeight: Double { max(Self.lineHeight * Double(series.count) + 11, 24) }

  /// The chart as a figure.
  func html() -> HTML {
    guard !groups.isEmpty, !series.isEmpty else { return .empty }
    let left = min(max(Double(groups.map(\.count).max() ?? 1) * 7.5 + 10, 28), 130)
    let bottom = Double(groups.count) * rowHeight + 6
    let x = ChartScale(0...1, places: (left, Self.width - 16), count: 5)
    let grid = x.ticks.map { tick -> HTML in
      """
      <line class="grid" x1="\(x(tick), 1)" y1="4" x2="\(x(tick), 1)" y2="\(bottom, 1)" />\
      <text class="tick" x="\(x(tick), 1)" y="\(bottom + 16, 1)" text-anchor="middle">\(ReportText.number(100 * tick))</text>
      """
    }
    let rows = groups.indices.map { row(of: $0, x, left: left) }
    return """
      <figure class="chart" id="\(id)">
      <figcaption>\(title)\(legend)</figcaption>
      <svg viewBox="0 0 \(Self.width, 0) \(bottom + 38, 0)" role="img" \
      aria-labelledby="\(id)-title \(id)-description">
      <title id="\(id)-title">\(title)</title>
      <desc id="\(id)-description">\(description)</desc>
      \(grid)
      \(rows)
      <text class="label" x="\((left + Self.width - 16) / 2, 1)" y="\(bottom + 33, 1)" \
      text-anchor="middle">accuracy, %</text>
      </svg>
      \(HTML.details("Values", table))
      </figure>
      """
  }

  private func row(of group: Int, _ x: ChartScale, left: Double) -> HTML {
    let y = (Double(group) + 0.5) * rowHeight + 3
    var pieces: [HTML] = [
      "<text class=\"label\" x=\"\(left - 9, 1)\" y=\"\(y + 4, 1)\" text-anchor=\"end\">\(groups[group])</text>"
    ]
    if group > 0 {
      let border = Double(group) * rowHeight + 3
      pieces.append(
        "<line class=\"grid\" x1=\"0\" y1=\"\(border, 1)\" x2=\"\(Self.width - 16, 1)\" y2=\"\(border, 1)\" />"
      )
    }
    for (number, series) in series.enumerated() {
      guard let count = series.counts[group] else { continue }
      let y = y + (Double(number) - Double(self.series.count - 1) / 2) * Self.lineHeight
      let text =
        "\(groups[group]), \(series.name): \(ReportText.percent(count)) (\(count.correct) of \(count.total), "
        + "95 % interval \(ReportText.interval(count)))"
      pieces.append(
        """
        <line class="whisker c\(series.color)" x1="\(x(count.ci95.lower), 1)" y1="\(y, 1)" \
        x2="\(x(count.ci95.upper), 1)" y2="\(y, 1)" />\
        <g class="point c\(series.color)"><title>\(text)</title>\
        \(LineChart.marker(series.style, x(count.accuracy), y))</g>
        """)
    }
    return HTML(pieces)
  }

  private var legend: HTML {
    let entries = series.map { series -> HTML in
      """
      <li><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><g class="point c\(series.color)">\
      \(LineChart.marker(series.style, 6, 6))</g></svg> \(series.name)</li>
      """
    }
    return "\n<ul class=\"legend\">\n\(entries)\n</ul>\n"
  }

  private var table: HTML {
    let rows = groups.indices.map { group -> [HTML] in
      let cells = series.map { series -> HTML in
        guard let count = series.counts[group] else { return "–" }
        return "\(ReportText.percent(count)) (\(count.correct) of \(count.total))"
      }
      return ["\(groups[group])"] + cells
    }
    return HTML.table(caption: title, columns: [groupLabel] + series.map(\.name), rows: rows)
  }
}
