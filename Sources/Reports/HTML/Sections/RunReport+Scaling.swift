extension RunReport {
  /// The speed by ranks and threads, and what a model makes of it.
  var scalingSection: HTML {
    HTML([speeds, scaling.map(scalingModel) ?? .empty].filter { !$0.isEmpty })
  }

  /// The speed of each run, and of each start of one.
  private var speeds: HTML {
    var rows: [[HTML]] = []
    for run in runs {
      for (number, start) in run.history.starts.enumerated() {
        let end = number + 1 < run.history.starts.count ? run.history.starts[number + 1].step : .max
        let steps = run.history.steps.filter { $0.step > start.step && $0.step <= end }
        let seconds = steps.reduce(0) { $0 + $1.seconds }
        guard seconds > 0 else { continue }
        let samples = steps.reduce(0) { $0 + $1.total }
        // The manifest is that of the last start.
        let isLast = number == run.history.starts.count - 1
        let ranks = start.ranks ?? (isLast ? run.manifest?.ranks : nil)
        let speed = Double(samples) / seconds
        rows.append([
          "\(run.name)", "\(start.step &+ 1) to \(steps.last?.step ?? start.step)",
          "\(ranks.map { "\($0)" } ?? "–")",
          "\((isLast ? run.manifest?.threadsPerRank : nil).map { "\($0)" } ?? "–")",
          "\(speed, 1)", "\(ranks.map { fixed(speed / Double($0), 1) } ?? "–")",
          // Known for the whole run only.
          "\(run.history.starts.count == 1 ? shareBetweenRanks(run) : "–")",
        ])
      }
    }
    guard !rows.isEmpty else { return .empty }
    return HTML.table(
      caption: "Training speed by start of a run",
      columns: [
        "run", "steps", "ranks", "threads", "samples/s", "samples/s and rank", "reduction and waiting",
      ], rows: rows, texts: [0])
  }

  private func shareBetweenRanks(_ run: ReportedRun) -> String {
    guard let phases = run.phases, phases.total > 0 else { return "–" }
    return ReportText.percent((phases.reduction + phases.waiting) / phases.total)
  }
}
