import Foundation

extension RunReport {
  /// The results in short: tiles for one run, a table for several.
  var summary: HTML {
    isComparison ? comparison : tiles(runs[0]) + facts(runs[0])
  }

  private func tiles(_ run: ReportedRun) -> HTML {
    var tiles: [HTML] = []
    if let clean = run.clean {
      tiles.append(
        tile(
          "Clean accuracy", ReportText.percent(clean),
          "\(clean.correct) of \(clean.total), \(ReportText.interval(clean))"))
    }
    if let strongest = run.strongest {
      let count = strongest.attack.count
      tiles.append(
        tile(
          "Robust accuracy, \(Self.threat(strongest.attack.norm, strongest.attack.epsilon)), at most",
          ReportText.percent(count),
          "\(count.correct) of \(count.total), \(ReportText.interval(count)), under \(strongest.attack.shortName)",
          style: "robust"))
    }
    for (_, bracket) in run.brackets.prefix(2) {
      let count = bracket.certifiedAccuracy
      tiles.append(
        tile(
          "Robust accuracy, \(Self.threat(bracket.norm, bracket.epsilon)), at least",
          ReportText.percent(count),
          "\(count.correct) of \(count.total), \(ReportText.interval(count)), proven by \(bracket.method)",
          style: "certified"))
    }
    if run.trainingSeconds > 0 {
      let speed = run.samplesPerSecond.map { "\(fixed($0, 0)) samples/s" }
      tiles.append(
        tile(
          "Training", ReportText.time(run.trainingSeconds),
          [ReportText.count(run.history.epochs.count, "epoch"), speed, run.manifest.map(Self.width)]
            .compactMap { $0 }.joined(separator: ", "), style: "plain"))
    }
    guard !tiles.isEmpty else { return "<p>Nothing has been measured yet.</p>" }
    return "<dl class=\"tiles\">\n\(tiles)\n</dl>\n"
  }

  /// The norm and the radius, as in `l∞ 0.3`.
  static func threat(_ norm: String, _ epsilon: Double) -> String {
    "\(ReportText.norm(norm)) \(ReportText.radius(epsilon))"
  }

  private func tile(_ name: String, _ value: String, _ fine: String, style: String = "clean") -> HTML {
    """
    <div class="tile \(style)"><dt>\(name)</dt><dd class="value">\(value)</dd><dd class="fine">\(fine)</dd></div>
    """
  }

  private func facts(_ run: ReportedRun) -> HTML {
    var facts = run.facts
    if let checkpoint = run.checkpoint {
      facts.append(("checkpoint measured", Self.shortPath(checkpoint.path)))
    }
    guard !facts.isEmpty else { return .empty }
    let entries = facts.map { name, value -> HTML in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }
    return "<dl class=\"facts\">\n\(entries)\n</dl>"
  }

  /// The folder of a checkpoint without what all of a run's have in common.
  static func shortPath(_ path: String) -> String {
    path.split(separator: "/").last { $0.hasPrefix("step-") }.map(String.init) ?? path
  }

  /// Ranks and threads in words.
  static func width(_ manifest: RunManifest) -> String {
    "\(ReportText.count(manifest.ranks, "rank")) x \(ReportText.count(manifest.threadsPerRank, "thread"))"
  }

  private var comparison: HTML {
    let rows = runs.map { run -> [HTML] in
      let robust = run.strongest
      return [
        "\(run.name)", cell(run.clean), cell(robust?.attack.count), "\(robust?.attack.label ?? "–")",
        "\((run.clean?.total).map { "\($0)" } ?? "–")",
        certified(run),
        "\(run.trainingSeconds > 0 ? ReportText.time(run.trainingSeconds) : "–")",
        "\(run.samplesPerSecond.map { fixed($0, 0) } ?? "–")",
      ]
    }
    let results = HTML.table(
      caption: "Robust accuracy is under the strongest attack of each run; in brackets 95 % intervals.",
      columns: [
        "run", "clean", "robust, at most", "attack", "n", "certified, at least", "training", "samples/s",
      ], rows: rows, texts: [0, 3])
    return results + differences
  }

  /// The best that is proven at any radius, and where.
  private func certified(_ run: ReportedRun) -> HTML {
    let best = run.brackets.map(\.bracket).max {
      $0.certifiedAccuracy.accuracy < $1.certifiedAccuracy.accuracy
    }
    guard let best else { return "–" }
    return "\(cell(best.certifiedAccuracy)) at \(Self.threat(best.norm, best.epsilon))"
  }

  private func cell(_ count: AccuracyCount?) -> HTML {
    guard let count else { return "–" }
    return "\(ReportText.percent(count)) <span class=\"note\">(\(ReportText.interval(count)))</span>"
  }

  /// The settings in which the runs differ.
  private var differences: HTML {
    var names: [String] = []
    for name in runs.flatMap({ $0.settings.map(\.name) }) where !names.contains(name) { names.append(name) }
    func value(_ name: String, _ run: ReportedRun) -> String {
      run.settings.first { $0.name == name }?.value ?? "–"
    }
    let differing = names.filter { name in Set(runs.map { value(name, $0) }).count > 1 }
    guard !differing.isEmpty else { return .empty }
    return HTML.table(
      caption: "Settings in which the runs differ", columns: ["setting"] + runs.map(\.name),
      rows: differing.map { name in ["\(name)"] + runs.map { run -> HTML in "\(value(name, run))" } },
      texts: [0], long: Set(1...runs.count))
  }
}
