extension RunReport {
  /// Robust accuracy by class, and what attacked samples are taken for.
  var classes: HTML {
    HTML(runs.enumerated().map { classes(of: $1, number: $0) }.filter { !$0.isEmpty })
  }

  private func classes(of run: ReportedRun, number: Int) -> HTML {
    guard let strongest = run.strongest,
      let block = strongest.evaluation.verdicts(ofAttack: strongest.place)
    else { return .empty }
    let heading: HTML = isComparison ? "<h3>\(run.name)</h3>\n" : .empty
    return """
      \(heading)<div class="charts">
      \(accuracies(of: run, strongest, block, number: number))
      <div>
      \(matrix(block, of: run, strongest))
      \(frequentBreaks(block, of: run))
      </div>
      </div>
      """
  }

  /// Clean accuracy and that under each attack of the same evaluation and threat model.
  private func accuracies(
    of run: ReportedRun, _ strongest: AttackFinding, _ block: VerdictBlock, number: Int
  ) -> HTML {
    var series = [
      IntervalChart.Series(name: "clean", color: 0, style: 0, counts: block.clean.map { $0 })
    ]
    let attacks = strongest.evaluation.record.attacks.indices.map {
      AttackFinding(evaluation: strongest.evaluation, place: $0)
    }
    for finding in attacks where finding.hasThreat(of: strongest) && series.count < LineChart.styles {
      guard let verdicts = finding.evaluation.verdicts(ofAttack: finding.place) else { continue }
      series.append(
        IntervalChart.Series(
          name: finding.attack.label, color: series.count, style: series.count,
          counts: verdicts.robust.map { $0 }))
    }
    let weakest = block.robust.enumerated().filter { $0.element.total > 0 }.min {
      $0.element.accuracy < $1.element.accuracy
    }
    let text = weakest.map {
      "The weakest class under \(strongest.attack.label) is \(run.className($0.offset)) with "
        + "\(ReportText.percent($0.element))."
    }
    return IntervalChart(
      id: anchor("classes-chart", number), title: "Accuracy by class",
      description: "Accuracy of each class as it is and under attack, with 95 % intervals. \(text ?? "")",
      groupLabel: "class", groups: (0..<block.classes).map(run.className), series: series
    ).html()
  }

  private func matrix(_ block: VerdictBlock, of run: ReportedRun, _ strongest: AttackFinding) -> HTML {
    // More would be no table that anybody reads.
    guard block.classes <= 32 else { return .empty }
    let hasLost = block.confusion.contains { $0[block.classes] > 0 }
    let columns = 0..<(hasLost ? block.classes + 1 : block.classes)
    let heading = columns.map { column -> HTML in
      "<th scope=\"col\">\(column == block.classes ? "not a number" : run.className(column))</th>"
    }
    let rows = block.confusion.enumerated().map { label, counts -> HTML in
      let total = max(counts.reduce(0, +), 1)
      let cells = columns.map { column -> HTML in
        let share = Double(counts[column]) / Double(total)
        let text: HTML = counts[column] == 0 ? .empty : "\(counts[column])"
        return """
          <td class="\(column == label ? "own" : "")" style="--share: \(share * 0.5, 2)">\(text)</td>
          """
      }
      return "<tr><th scope=\"row\">\(run.className(label))</th>\(HTML(cells, separator: ""))</tr>"
    }
    return """
      <div class="scroll"><table class="matrix">
      <caption>Confusion under \(strongest.attack.label)</caption>
      <thead><tr><td></td>\(HTML(heading, separator: ""))</tr></thead>
      <tbody>
      \(rows)
      </tbody>
      </table></div>
      <p class="note">Rows are true classes, columns what the model takes attacked samples for.</p>
      """
  }

  private func frequentBreaks(_ block: VerdictBlock, of run: ReportedRun) -> HTML {
    let breaks = block.frequentBreaks(5)
    guard !breaks.isEmpty else { return .empty }
    let words = breaks.map { "\(run.className($0.label)) → \(run.className($0.predicted)) (\($0.count))" }
    return "<p class=\"note\">Most often: \(words.joined(separator: ", ")).</p>"
  }
}
