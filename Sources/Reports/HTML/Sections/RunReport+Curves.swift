import Foundation

extension RunReport {
  /// Loss, accuracy, learning rate and speed over the epochs.
  var trainingCurves: HTML {
    let charts = [lossChart, accuracyChart, rateChart, speedChart].filter { !$0.isEmpty }
    return charts.isEmpty ? .empty : "<div class=\"charts\">\n\(charts)\n</div>"
  }

  /// At most so many points are drawn of a curve that has one for each step.
  private static let drawnSteps = 240

  /// The epochs that a step is at the end of.
  private func epochs(_ step: Int, of run: ReportedRun) -> Double {
    guard let last = run.history.epochs.last, last.step > 0 else {
      return Double(step) / Double(max(run.history.steps.last?.step ?? 1, 1))
    }
    return Double(step) * (Double(last.epoch) + 1) / Double(last.step)
  }

  /// From the beginning to the last epoch of any run.
  private var epochRange: ClosedRange<Double> {
    0...max(runs.map { Double($0.history.epochs.last?.epoch ?? 0) + 1 }.max() ?? 1, 1)
  }

  /// The means of runs of steps of equal length.
  private func thinned(_ run: ReportedRun, _ value: (StepRecord) -> Double) -> [LineChart.Point] {
    let steps = run.history.steps.filter { value($0).isFinite }
    let length = max((steps.count + Self.drawnSteps - 1) / Self.drawnSteps, 1)
    return stride(from: 0, to: steps.count, by: length).map { start in
      let group = steps[start..<min(start + length, steps.count)]
      let mean = group.reduce(0) { $0 + value($1) } / Double(group.count)
      return LineChart.Point(x: epochs(group[group.endIndex - 1].step, of: run), y: mean)
    }
  }

  private var lossChart: HTML {
    let series = runs.enumerated().map { number, run in
      LineChart.Series(
        name: isComparison ? run.name : "training loss", color: number, points: thinned(run) { $0.loss },
        hasMarkers: false)
    }.filter { !$0.points.isEmpty }
    let text = runs.compactMap { run -> String? in
      guard let first = run.history.epochs.first, let last = run.history.epochs.last else { return nil }
      return
        "\(prefix(run))the mean loss of an epoch goes from \(ReportText.number(first.loss)) to "
        + "\(ReportText.number(last.loss)) in \(ReportText.count(run.history.epochs.count, "epoch"))."
    }
    return LineChart(
      id: "curves-loss", title: "Training loss", description: text.joined(separator: " "), xLabel: "epoch",
      yLabel: "loss", xRange: epochRange, hasWholeTicks: true, hasTable: false, series: series
    ).html()
  }

  private var accuracyChart: HTML {
    var series: [LineChart.Series] = []
    var texts: [String] = []
    for (number, run) in runs.enumerated() {
      let kinds: [(name: String, points: [LineChart.Point])] = [
        (
          "validation, clean",
          run.history.evaluations.map {
            LineChart.Point(x: epochs($0.step, of: run), y: $0.clean.accuracy, interval: $0.clean.ci95)
          }
        ),
        (
          "validation, under \(run.history.evaluations.last?.attack.prefix { $0 != " " } ?? "attack")",
          run.history.evaluations.compactMap { record in
            record.robust.map {
              LineChart.Point(x: epochs(record.step, of: run), y: $0.accuracy, interval: $0.ci95)
            }
          }
        ),
        (
          "training batches",
          run.history.epochs.map {
            LineChart.Point(x: epochs($0.step, of: run), y: $0.training.accuracy)
          }
        ),
      ]
      for (style, kind) in kinds.enumerated() where !kind.points.isEmpty {
        series.append(
          LineChart.Series(
            name: prefix(run) + kind.name, color: isComparison ? number : style, style: style,
            points: kind.points, hasMarkers: kind.points.count <= 60))
        if let last = kind.points.last {
          texts.append("\(prefix(run))\(kind.name): \(ReportText.percent(last.y)) at the end.")
        }
      }
    }
    return LineChart(
      id: "curves-accuracy", title: "Accuracy while training", description: texts.joined(separator: " "),
      xLabel: "epoch", yLabel: "accuracy", xRange: epochRange, yRange: 0...1, isPercent: true,
      hasWholeTicks: true,
      hasTable: series.allSatisfy { $0.points.count <= 200 }, series: series
    ).html()
  }

  private var rateChart: HTML {
    let series = runs.enumerated().map { number, run in
      LineChart.Series(
        name: isComparison ? run.name : "learning rate", color: number,
        points: thinned(run) { $0.learningRate }, hasMarkers: false)
    }.filter { !$0.points.isEmpty }
    let highest = series.flatMap { $0.points.map(\.y) }.max() ?? 0
    return LineChart(
      id: "curves-rate", title: "Learning rate",
      description: "The learning rate over the epochs, at most \(ReportText.number(highest)).",
      xLabel: "epoch", yLabel: "learning rate", xRange: epochRange, yRange: 0...max(highest, 1e-12),
      hasWholeTicks: true, hasTable: false,
      series: series
    ).html()
  }

  private var speedChart: HTML {
    let series = runs.enumerated().map { number, run in
      LineChart.Series(
        name: isComparison ? run.name : "samples per second", color: number,
        points: run.history.epochs.filter { $0.seconds > 0 }.map {
          LineChart.Point(x: epochs($0.step, of: run), y: Double($0.training.total) / $0.seconds)
        }, hasMarkers: run.history.epochs.count <= 60)
    }.filter { !$0.points.isEmpty }
    let highest = series.flatMap { $0.points.map(\.y) }.max() ?? 0
    return LineChart(
      id: "curves-speed", title: "Speed",
      description: "Training samples per second over the epochs, at most \(fixed(highest, 0)).",
      xLabel: "epoch", yLabel: "samples/s", xRange: epochRange, yRange: 0...max(highest, 1e-12),
      hasWholeTicks: true, hasTable: false, series: series
    ).html()
  }
}
