extension RunReport {
  /// The time of each phase.
  var time: HTML {
    let bars = runs.map(bar).filter { $0.total > 0 }
    guard !bars.isEmpty else { return .empty }
    let text = bars.map { bar in
      "\(bar.name): "
        + bar.parts.filter { $0.value > 0 }.map { "\($0.name) \(ReportText.time($0.value))" }
        .joined(separator: ", ") + "."
    }
    let chart = StackedBars(
      id: "time-chart", title: "Time by phase", description: text.joined(separator: " "),
      text: ReportText.time, bars: bars)
    return """
      \(chart.html())
      <p class="note">Phases of training are those of rank 0. Waiting is the time until the slowest rank has computed \
      its micro-batches; other is the optimizer's update and what is written down.</p>
      """
  }

  private func bar(of run: ReportedRun) -> StackedBars.Bar {
    var parts: [StackedBars.Part] = []
    let phases = run.phases
    for (name, seconds) in phases?.parts ?? [] {
      parts.append(StackedBars.Part(name: name, value: seconds, style: name))
    }
    // What was before a resumption in the middle of an epoch, or by an earlier version.
    let rest = run.trainingSeconds - (phases?.total ?? 0)
    if rest > 0.01 * run.trainingSeconds {
      parts.append(StackedBars.Part(name: "training, not split", value: rest, style: "wrong"))
    }
    parts.append(StackedBars.Part(name: "validation", value: run.validationSeconds, style: "validation"))
    let evaluation = run.evaluations.first { $0.id == "final" }?.record.attacks.reduce(0) { $0 + $1.seconds }
    parts.append(StackedBars.Part(name: "final evaluation", value: evaluation ?? 0, style: "evaluation"))
    let width = run.manifest.map(Self.width) ?? "training"
    return StackedBars.Bar(name: "\(prefix(run))\(width)", parts: parts)
  }
}
