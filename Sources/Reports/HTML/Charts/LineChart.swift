import Foundation

/// Curves over a common axis, as inline SVG with a legend and a table of the values.
struct LineChart {
  /// A point of a curve.
  struct Point {
    var x: Double
    var y: Double
    /// The ends of its interval; nil where it has none.
    var interval: ConfidenceInterval?
  }

  /// A curve.
  struct Series {
    /// What the legend says.
    var name: String
    /// Which of the palette's colours it has.
    var color: Int
    /// Which dashes and markers it has.
    var style = 0
    var points: [Point]
    /// Whether points are marked, which is for few.
    var hasMarkers = true
  }

  /// Where it can be linked to, and what its parts are called.
  var id: String
  var title: String
  /// What a reader who does not see it should know.
  var description: String
  var xLabel: String
  var yLabel: String
  /// What both axes have to hold; the values' own range if left out.
  var xRange: ClosedRange<Double>?
  var yRange: ClosedRange<Double>?
  /// Whether y values are proportions, to be written in percent.
  var isPercent = false
  /// The marks of the x axis; round values if left out.
  var xTicks: [Double]?
  /// Whether only whole numbers are marked on the x axis.
  var hasWholeTicks = false
  var xText: (Double) -> String = ReportText.number
  /// Whether a table of the values follows.
  var hasTable = true
  /// Whether that table is shown without being asked for.
  var isTableOpen = false
  var series: [Series]

  private static let frame = (width: 480.0, height: 300.0, left: 46.0, right: 14.0, top: 28.0, bottom: 44.0)

  /// The chart as a figure.
  func html() -> HTML {
    let values = series.flatMap(\.points)
    guard !values.isEmpty else { return .empty }
    let x = ChartScale(
      xRange ?? range(values.map(\.x)),
      places: (Self.frame.left, Self.frame.width - Self.frame.right), count: 6)
    let y = ChartScale(
      yRange ?? range(values.flatMap { [$0.y, $0.interval?.lower, $0.interval?.upper].compactMap { $0 } }),
      places: (Self.frame.height - Self.frame.bottom, Self.frame.top), count: 5, rounds: true)
    return """
      <figure class="chart" id="\(id)">
      <figcaption>\(title)\(legend)</figcaption>
      <svg viewBox="0 0 \(Self.frame.width, 0) \(Self.frame.height, 0)" role="img" \
      aria-labelledby="\(id)-title \(id)-description">
      <title id="\(id)-title">\(title)</title>
      <desc id="\(id)-description">\(description)</desc>
      \(axes(x, y))
      \(series.map { band($0, x, y) })
      \(series.map { curve($0, x, y) })
      </svg>
      \(hasTable ? HTML.details("Values", table, isOpen: isTableOpen) : .empty)
      </figure>
      """
  }

  private func range(_ values: [Double]) -> ClosedRange<Double> {
    (values.min() ?? 0)...(values.max() ?? 1)
  }

  private func yText(_ value: Double) -> String {
    isPercent ? "\(ReportText.number(100 * value))" : ReportText.number(value)
  }

  // MARK: Parts

  private func axes(_ x: ChartScale, _ y: ChartScale) -> HTML {
    let (left, right) = (x.places.first, x.places.last)
    let bottom = y.places.first
    let rows = y.ticks.map { tick -> HTML in
      """
      <line class="grid" x1="\(left, 1)" y1="\(y(tick), 1)" x2="\(right, 1)" y2="\(y(tick), 1)" />\
      <text class="tick" x="\(left - 6, 1)" y="\(y(tick) + 4, 1)" text-anchor="end">\(yText(tick))</text>
      """
    }
    let marks = spaced(xTicks ?? x.ticks.filter { !hasWholeTicks || $0 == $0.rounded() }, x)
    let columns = marks.map { tick -> HTML in
      """
      <line class="mark" x1="\(x(tick), 1)" y1="\(bottom, 1)" x2="\(x(tick), 1)" y2="\(bottom + 4, 1)" />\
      <text class="tick" x="\(x(tick), 1)" y="\(bottom + 17, 1)" text-anchor="middle">\(xText(tick))</text>
      """
    }
    let label = isPercent ? "\(yLabel), %" : yLabel
    return """
      \(rows)
      <line class="axis" x1="\(left, 1)" y1="\(bottom, 1)" x2="\(right, 1)" y2="\(bottom, 1)" />
      \(columns)
      <text class="label" x="\((left + right) / 2, 1)" y="\(Self.frame.height - 8, 1)" \
      text-anchor="middle">\(xLabel)</text>
      <text class="label" x="2" y="13">\(label)</text>
      """
  }

  /// Those of the marks whose texts have room.
  private func spaced(_ ticks: [Double], _ x: ChartScale) -> [Double] {
    ticks.reduce(into: []) { kept, tick in
      if let last = kept.last, x(tick) - x(last) < 32 { return }
      kept.append(tick)
    }
  }

  private func band(_ series: Series, _ x: ChartScale, _ y: ChartScale) -> HTML {
    let bounded = series.points.compactMap { point in point.interval.map { (x(point.x), $0) } }
    guard bounded.count > 1 else { return .empty }
    let upper = bounded.map { Self.place($0.0, y($0.1.upper)) }
    let lower = bounded.reversed().map { Self.place($0.0, y($0.1.lower)) }
    return """
      <polygon class="band c\(series.color % Self.colors)" points="\((upper + lower).joined(separator: " "))" />
      """
  }

  private func curve(_ series: Series, _ x: ChartScale, _ y: ChartScale) -> HTML {
    let places = series.points.map { Self.place(x($0.x), y($0.y)) }
    let color = series.color % Self.colors
    var result: HTML = """
      <polyline class="curve c\(color) d\(series.style % Self.styles)" points="\(places.joined(separator: " "))" />
      """
    guard series.hasMarkers || series.points.count == 1 else { return result }
    for point in series.points {
      var text = "\(series.name), \(xLabel) \(xText(point.x)): \(value(point.y))"
      if let interval = point.interval {
        text += " (\(value(interval.lower)) to \(value(interval.upper)))"
        result += """

          <line class="whisker c\(color)" x1="\(x(point.x), 1)" y1="\(y(interval.lower), 1)" \
          x2="\(x(point.x), 1)" y2="\(y(interval.upper), 1)" />
          """
      }
      result += """

        <g class="point c\(color)"><title>\(text)</title>\(Self.marker(series.style, x(point.x), y(point.y)))</g>
        """
    }
    return result
  }

  private func value(_ y: Double) -> String {
    isPercent ? ReportText.percent(y, decimals: 2) : ReportText.number(y)
  }

  private var legend: HTML {
    // A single curve is what the title says.
    guard series.count > 1 else { return .empty }
    let entries = series.map { series -> HTML in
      """
      <li><svg class="key" viewBox="0 0 28 12" aria-hidden="true">\
      <line class="curve c\(series.color % Self.colors) d\(series.style % Self.styles)" x1="1" y1="6" x2="27" y2="6" />\
      <g class="point c\(series.color % Self.colors)">\
      \(series.hasMarkers ? Self.marker(series.style, 14, 6) : .empty)</g></svg> \(series.name)</li>
      """
    }
    return "\n<ul class=\"legend\">\n\(entries)\n</ul>\n"
  }

  private var table: HTML {
    let xs = Set(series.flatMap { $0.points.map(\.x) }).sorted()
    let rows = xs.map { x -> [HTML] in
      let cells = series.map { series -> HTML in
        guard let point = series.points.first(where: { $0.x == x }) else { return "–" }
        return "\(value(point.y))"
      }
      return ["\(xText(x))"] + cells
    }
    return HTML.table(caption: title, columns: [xLabel] + series.map(\.name), rows: rows, texts: [])
  }

  // MARK: Drawing

  /// The colours and the styles that the style sheet has.
  static let colors = 8
  static let styles = 6

  private static func place(_ x: Double, _ y: Double) -> String { "\(fixed(x, 1)),\(fixed(y, 1))" }

  /// Circle, square, triangle, diamond, ring and cross: markers that differ in print too.
  static func marker(_ style: Int, _ x: Double, _ y: Double) -> HTML {
    switch style % styles {
    case 0: "<circle cx=\"\(x, 1)\" cy=\"\(y, 1)\" r=\"3.6\" />"
    case 1: "<rect x=\"\(x - 3.3, 1)\" y=\"\(y - 3.3, 1)\" width=\"6.6\" height=\"6.6\" />"
    case 2: "<path d=\"M\(x, 1) \(y - 4.4, 1)l4.4 7.6h-8.8z\" />"
    case 3: "<path d=\"M\(x, 1) \(y - 4.8, 1)l4.8 4.8l-4.8 4.8l-4.8 -4.8z\" />"
    case 4: "<circle class=\"ring\" cx=\"\(x, 1)\" cy=\"\(y, 1)\" r=\"3.4\" />"
    default: "<path class=\"cross\" d=\"M\(x - 3.6, 1) \(y - 3.6, 1)l7.2 7.2m0 -7.2l-7.2 7.2\" />"
    }
  }
}
