extension RunReport {
  /// Images, perturbations and adversarial examples.
  var examples: HTML {
    get throws {
      let parts = try runs.map(examples).filter { !$0.isEmpty }
      guard !parts.isEmpty else { return .empty }
      return """
        <p class="note">Each picture shows an image, its perturbation and the adversarial example. Perturbations are \
        stretched to the largest change; of gray images, red is brighter and blue is darker. Below, the true class and \
        the predicted one.</p>
        \(parts)
        """
    }
  }

  private func examples(of run: ReportedRun) throws -> HTML {
    // Those of the strongest attack are shown, others on request.
    let strongest = run.strongest
    let all = run.comparableEvaluations.flatMap { evaluation in
      evaluation.record.attacks.indices.map { AttackFinding(evaluation: evaluation, place: $0) }
    }
    let isFirst = { (finding: AttackFinding) in
      finding.evaluation.id == strongest?.evaluation.id && finding.place == strongest?.place
    }
    let ordered = all.filter(isFirst) + all.filter { !isFirst($0) }
    var parts: [HTML] = []
    var withheld = 0
    for finding in ordered {
      guard let file = finding.evaluation.examples, let shown = file.examples[finding.place],
        let picture = ExamplePicture(
          channels: file.shape[0], height: file.shape[1], width: file.shape[2], magnification: 1)
      else { continue }
      // A file that people send around should stay small.
      guard parts.count < 8 else {
        withheld += 1
        continue
      }
      let figures = try shown.map { try figure($0, picture, of: run) }
      let grid: HTML = "<div class=\"examples\">\n\(figures)\n</div>"
      let title = "\(prefix(run))\(finding.attack.label)"
      parts.append(
        parts.isEmpty
          ? "<h3>\(title)</h3>\n\(grid)"
          : HTML.details("\(title) (evaluation \(finding.evaluation.id))", grid))
    }
    if withheld > 0 {
      parts.append(
        """
        <p class="note">\(ReportText.count(withheld, "further attack")) left out: see the examples-*.png beside the \
        evaluations.</p>
        """)
    }
    return HTML(parts)
  }

  private func figure(
    _ example: AdversarialExample, _ picture: ExamplePicture, of run: ReportedRun
  ) throws -> HTML {
    let (label, predicted) = (run.className(example.label), run.className(example.predicted))
    let words =
      example.isBroken
      ? "sample \(example.index) of class \(label), which is taken for \(predicted) under attack"
      : "sample \(example.index) of class \(label), which withstands the attack"
    return """
      <figure class="\(example.isBroken ? "broken" : "withstood")">
      \(try HTML.image(picture.strip(example), alternative: words, magnification: 2))
      <figcaption>\(label) → \(predicted) <small>no. \(example.index)\(example.isBroken ? "" : ", withstood")\
      </small></figcaption>
      </figure>
      """
  }
}
