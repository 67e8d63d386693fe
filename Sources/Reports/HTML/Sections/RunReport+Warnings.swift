extension RunReport {
  /// Whatever may make a number look better than it is, or went wrong.
  var warnings: HTML {
    let lists = runs.map { run -> HTML in
      let entries = warnings(of: run).map { text -> HTML in "<li>\(text)</li>" }
      if entries.isEmpty { return .empty }
      let heading: HTML = isComparison ? "<h3>\(run.name)</h3>\n" : .empty
      return "\(heading)<ul>\n\(entries)\n</ul>"
    }.filter { !$0.isEmpty }
    guard !lists.isEmpty else { return "<p>None.</p>" }
    return "<div class=\"warnings\">\(lists)</div>"
  }

  private func warnings(of run: ReportedRun) -> [String] {
    var all = run.comparableEvaluations.flatMap { evaluation in
      evaluation.record.warnings.map { "Evaluation \(evaluation.id): \($0)" }
    }
    all += run.history.interventions.map { "Step \($0.step): \($0.message)" }
    all += run.history.warnings
    all += run.problems
    if let strongest = run.strongest, ["fgsm", "fgsm-rs", "noise"].contains(strongest.attack.name) {
      all.append(
        "No attack of several steps was tried: the robust accuracy under \(strongest.attack.name) says little"
      )
    }
    let others = run.evaluations.count - run.comparableEvaluations.count
    if others > 0 {
      all.append(
        "\(ReportText.count(others, "evaluation")) of other weights or data "
          + "\(others == 1 ? "is" : "are") in the table of all evaluations only")
    }
    // Each once: several evaluations tell of the same machine or data.
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }
}
