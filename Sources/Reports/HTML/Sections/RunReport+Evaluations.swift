extension RunReport {
  /// Every attack and certificate of every evaluation, with all its settings.
  var evaluations: HTML {
    var rows: [[HTML]] = []
    for run in runs {
      for evaluation in run.evaluations {
        let record = evaluation.record
        let name: HTML = "\(prefix(run))\(evaluation.id)"
        let weights: HTML = "\(Self.shortPath(record.checkpoint.path))"
        let first = record.limit.map { ", the first of \($0.of)" } ?? ""
        let data: HTML = "\(record.data ?? "")\(first)"
        rows.append([name, weights, data, "clean", "", "", cell(record.clean), "", "", ""])
        for attack in record.attacks {
          rows.append([
            name, weights, data, "\(attack.shortName)", "\(Self.threat(attack.norm, attack.epsilon))",
            "\(attack.settings)", cell(attack.count), "\(ReportText.number(attack.maxNorm))",
            "\(ReportText.time(attack.seconds))", stages(attack),
          ])
        }
        for bracket in record.brackets ?? [] {
          rows.append([
            name, weights, data, "certified by \(bracket.method)",
            "\(Self.threat(bracket.norm, bracket.epsilon))", "",
            cell(bracket.certifiedAccuracy), "", "", "",
          ])
        }
        if let certified = record.certified, record.brackets == nil {
          rows.append([
            name, weights, data, "certified by \(certified.method)",
            "\(Self.threat(certified.norm, certified.epsilon))", "", cell(certified.count), "",
            "\(ReportText.time(certified.seconds))", "",
          ])
        }
      }
    }
    guard !rows.isEmpty else { return .empty }
    return HTML.table(
      caption: "Correct of n, accuracy, and 95 % interval",
      columns: [
        "evaluation", "weights", "data", "attack", "threat", "settings", "correct", "largest perturbation",
        "time", "left after each member",
      ], rows: rows, texts: [0, 1, 2, 3, 4], long: [5, 9])
  }

  private func cell(_ count: AccuracyCount) -> HTML {
    """
    \(count.correct) of \(count.total)<br />\(ReportText.percent(count.accuracy, decimals: 2))<br />\
    <span class="note">\(ReportText.interval(count))</span>
    """
  }

  private func stages(_ attack: EvaluationRecord.Attack) -> HTML {
    "\(attack.stages.map { "\($0.name) \($0.correct)" }.joined(separator: ", "))"
  }
}
