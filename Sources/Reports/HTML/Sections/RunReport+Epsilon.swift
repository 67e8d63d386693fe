extension RunReport {
  /// The figure of robust accuracy: a curve for each attack of each run, a chart for each norm.
  var accuracyAgainstEpsilon: HTML {
    let norms = runs.flatMap { $0.findings.map(\.attack.norm) }
    var distinct: [String] = []
    for norm in norms where !distinct.contains(norm) { distinct.append(norm) }
    let charts = distinct.map(chart).filter { !$0.isEmpty }
    return charts.isEmpty ? .empty : "<div class=\"charts\">\n\(charts)\n</div>"
  }

  /// An attack at several radii.
  private struct Family {
    var name: String
    var points: [LineChart.Point]
  }

  private func chart(norm: String) -> HTML {
    var series: [LineChart.Series] = []
    var styles: [String] = []
    for (number, run) in runs.enumerated() {
      for family in families(of: run, norm: norm) {
        if !styles.contains(family.name) { styles.append(family.name) }
        let style = styles.firstIndex(of: family.name) ?? 0
        series.append(
          LineChart.Series(
            name: prefix(run) + family.name, color: isComparison ? number : style, style: style,
            points: family.points))
      }
    }
    let radii = Set(series.flatMap { $0.points.map(\.x) }).sorted()
    let symbol = ReportText.norm(norm)
    let ends = series.compactMap { series -> String? in
      guard let first = series.points.first, let last = series.points.last, series.points.count > 1 else {
        return nil
      }
      return
        "\(series.name) goes from \(ReportText.percent(first.y)) at \(ReportText.radius(first.x)) to "
        + "\(ReportText.percent(last.y)) at \(ReportText.radius(last.x))."
    }
    return LineChart(
      id: "epsilon-\(norm)", title: "Accuracy against epsilon in \(symbol)",
      description: "Accuracy in percent over the radius of the perturbation, with 95 % intervals. "
        + ends.joined(separator: " "),
      xLabel: "epsilon (\(symbol))", yLabel: "accuracy", xRange: 0...(radii.last ?? 1), yRange: 0...1,
      isPercent: true, xTicks: radii.count <= 8 ? radii : nil, xText: ReportText.radius,
      isTableOpen: true, series: series
    ).html()
  }

  /// The curves of a run; clean accuracy is what every attack leaves at radius 0.
  private func families(of run: ReportedRun, norm: String) -> [Family] {
    var families: [Family] = []
    func add(_ name: String, _ epsilon: Double, _ count: AccuracyCount, clean: AccuracyCount) {
      let point = LineChart.Point(x: epsilon, y: count.accuracy, interval: count.ci95)
      let place = families.firstIndex { $0.name == name }
      guard let place else {
        let zero = LineChart.Point(x: 0, y: clean.accuracy, interval: clean.ci95)
        families.append(Family(name: name, points: epsilon == 0 ? [point] : [zero, point]))
        return
      }
      // Of an attack that was tried several times, the evaluation that comes first counts.
      if !families[place].points.dropFirst().contains(where: { $0.x == epsilon }), epsilon > 0 {
        families[place].points.append(point)
        families[place].points.sort { $0.x < $1.x }
      }
    }
    for finding in run.findings where finding.attack.norm == norm {
      add(
        finding.attack.shortName, finding.attack.epsilon, finding.attack.count,
        clean: finding.evaluation.record.clean)
    }
    for (evaluation, bracket) in run.brackets where bracket.norm == norm {
      let count = bracket.certifiedAccuracy.total
      add(
        "certified by \(bracket.method)" + (count == run.clean?.total ? "" : " (n = \(count))"),
        bracket.epsilon, bracket.certifiedAccuracy,
        clean: evaluation.record.clean)
    }
    return families
  }
}
