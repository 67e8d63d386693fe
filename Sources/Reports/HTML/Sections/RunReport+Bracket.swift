extension RunReport {
  /// Every sample as clean-wrong, broken, undecided or certified.
  var brackets: HTML {
    var bars: [StackedBars.Bar] = []
    var notes: [HTML] = []
    for run in runs {
      for (evaluation, bracket) in run.brackets {
        bars.append(bar(bracket, of: run))
        if let text = bracket.certifiedFor {
          notes.append(
            "<p class=\"note\">\(prefix(run))The proofs of evaluation \(evaluation.id) hold for \(text).</p>")
        }
      }
      if run.brackets.isEmpty, let strongest = run.strongest { bars.append(bar(strongest, of: run)) }
    }
    guard !bars.isEmpty else { return .empty }
    let uncertified = runs.filter { $0.brackets.isEmpty && $0.strongest != nil }
    if !uncertified.isEmpty {
      let names = isComparison ? " of " + uncertified.map(\.name).joined(separator: ", ") : ""
      notes.append(
        """
        <p class="note">Nothing\(names) was certified, so that the samples that no attack broke stay undecided. \
        <code>holdfast certify</code> proves some of them.</p>
        """)
    }
    let text = bars.map { bar in
      "\(bar.name): " + bar.parts.map { "\(Int($0.value)) \($0.name)" }.joined(separator: ", ") + "."
    }
    let chart = StackedBars(
      id: "bracket-chart", title: "Samples by what is known of them",
      description: text.joined(separator: " "), text: { ReportText.count(Int($0), "sample") },
      isRelative: true, bars: bars)
    return """
      <p>Robust accuracy lies between the certified samples and those that no attack broke.</p>
      \(chart.html())
      \(notes)
      """
  }

  private func bar(_ bracket: EvaluationRecord.Bracket, of run: ReportedRun) -> StackedBars.Bar {
    let attack = bracket.attack.map { ", attacked by \($0)" } ?? ""
    return StackedBars.Bar(
      name: "\(prefix(run))\(ReportText.norm(bracket.norm)) \(ReportText.radius(bracket.epsilon)), "
        + "certified by \(bracket.method)\(attack)",
      parts: parts(
        certified: bracket.certified, undecided: bracket.undecided, broken: bracket.broken,
        wrong: bracket.cleanWrong))
  }

  private func bar(_ finding: AttackFinding, of run: ReportedRun) -> StackedBars.Bar {
    let (clean, robust) = (finding.evaluation.record.clean, finding.attack.count)
    return StackedBars.Bar(
      name: "\(prefix(run))\(finding.attack.label)",
      parts: parts(
        certified: 0, undecided: robust.correct, broken: max(clean.correct - robust.correct, 0),
        wrong: clean.total - clean.correct))
  }

  private func parts(certified: Int, undecided: Int, broken: Int, wrong: Int) -> [StackedBars.Part] {
    [
      StackedBars.Part(name: "certified", value: Double(certified), style: "certified"),
      StackedBars.Part(name: "undecided", value: Double(undecided), style: "undecided"),
      StackedBars.Part(name: "broken", value: Double(broken), style: "broken"),
      StackedBars.Part(name: "wrong without attack", value: Double(wrong), style: "wrong"),
    ]
  }
}
