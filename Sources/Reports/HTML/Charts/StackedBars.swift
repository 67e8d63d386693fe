import Foundation

/// Wholes that are cut into parts, a bar for each, as inline SVG with a legend and a table.
struct StackedBars {
  /// A part.
  struct Part {
    var name: String
    var value: Double
    /// The class of its colour in the style sheet.
    var style: String
  }

  /// A whole.
  struct Bar {
    var name: String
    var parts: [Part]
    var total: Double { parts.reduce(0) { $0 + $1.value } }
  }

  /// Where it can be linked to, and what its parts are called.
  var id: String
  var title: String
  /// What a reader who does not see it should know.
  var description: String
  /// How a value is written.
  var text: (Double) -> String
  /// Whether all bars have the same length, and parts are shares of it.
  var isRelative = false
  var bars: [Bar]

  private static let width = 480.0
  private static let barHeight = 26.0
  private static let rowHeight = 52.0

  /// The chart as a figure.
  func html() -> HTML {
    let bars = bars.filter { $0.total > 0 }
    guard let longest = bars.map(\.total).max() else { return .empty }
    let rows = bars.enumerated().map { number, bar -> HTML in
      let top = Double(number) * Self.rowHeight
      return """
        <text class="label" x="0" y="\(top + 13, 1)">\(bar.name)</text>
        <text class="tick" x="\(Self.width, 0)" y="\(top + 13, 1)" text-anchor="end">\(text(bar.total))</text>
        \(segments(bar, top: top + 19, width: isRelative ? Self.width : Self.width * bar.total / longest))
        """
    }
    return """
      <figure class="chart wide" id="\(id)">
      <figcaption>\(title)\(legend(bars))</figcaption>
      <svg viewBox="0 0 \(Self.width, 0) \(Double(bars.count) * Self.rowHeight, 0)" role="img" \
      aria-labelledby="\(id)-title \(id)-description">
      <title id="\(id)-title">\(title)</title>
      <desc id="\(id)-description">\(description)</desc>
      \(rows)
      </svg>
      \(HTML.details("Values", table(bars)))
      </figure>
      """
  }

  private func segments(_ bar: Bar, top: Double, width: Double) -> HTML {
    var left = 0.0
    var pieces: [HTML] = []
    for part in bar.parts where part.value > 0 {
      let extent = width * part.value / bar.total
      let share = ReportText.percent(part.value / bar.total)
      pieces.append(
        """
        <g><title>\(bar.name), \(part.name): \(text(part.value)), \(share)</title>\
        <rect class="segment \(part.style)" x="\(left, 2)" y="\(top, 1)" width="\(extent, 2)" \
        height="\(Self.barHeight, 0)" />\
        \(label(part, share: part.value / bar.total, left: left, extent: extent, top: top))</g>
        """)
      left += extent
    }
    return HTML(pieces)
  }

  /// The share inside a part that has the room.
  private func label(_ part: Part, share: Double, left: Double, extent: Double, top: Double) -> HTML {
    guard extent > 38 else { return .empty }
    return """
      <text class="inside \(part.style)" x="\(left + extent / 2, 1)" y="\(top + 17.5, 1)" \
      text-anchor="middle">\(ReportText.percent(share, decimals: 0))</text>
      """
  }

  private func names(_ bars: [Bar]) -> [(name: String, style: String)] {
    var names: [(name: String, style: String)] = []
    for part in bars.flatMap(\.parts) where part.value > 0 && !names.contains(where: { $0.name == part.name })
    {
      names.append((part.name, part.style))
    }
    return names
  }

  private func legend(_ bars: [Bar]) -> HTML {
    let entries = names(bars).map { name, style -> HTML in
      """
      <li><svg class="key square" viewBox="0 0 12 12" aria-hidden="true">\
      <rect class="segment \(style)" x="0" y="0" width="12" height="12" /></svg> \(name)</li>
      """
    }
    return "\n<ul class=\"legend\">\n\(entries)\n</ul>\n"
  }

  private func table(_ bars: [Bar]) -> HTML {
    let names = names(bars).map(\.name)
    let rows = bars.map { bar -> [HTML] in
      let cells = names.map { name -> HTML in
        let value = bar.parts.first { $0.name == name }?.value ?? 0
        return "\(text(value)) (\(ReportText.percent(value / bar.total)))"
      }
      return ["\(bar.name)"] + cells + ["\(text(bar.total))"]
    }
    return HTML.table(caption: title, columns: ["bar"] + names + ["total"], rows: rows)
  }
}
