import Reports

/// What the doctor says in the end.
package struct DoctorReport: Encodable, CustomStringConvertible {
  /// The worst of all findings.
  package let status: Finding.Status
  /// All findings.
  package let findings: [Finding]
  /// The facts behind them, by rank.
  package let ranks: [RankFacts]

  /// Sums findings up.
  package init(_ findings: [Finding], ranks: [RankFacts]) {
    self.findings = findings
    self.ranks = ranks
    status = findings.map(\.status).max() ?? .ok
  }

  /// Zero unless there is a problem: the program's own, or that of the machine.
  package var exitCode: Int32 {
    let problems = findings.filter { $0.status == .problem }
    if problems.isEmpty { return ExitStatus.success }
    return problems.contains(where: \.isInternal) ? ExitStatus.internal : ExitStatus.unavailable
  }

  /// A line for each rank and each finding, and the conclusion.
  package var description: String {
    let width = findings.map(\.subject.count).max() ?? 0
    var lines = ranks.map { rank in
      "rank \(rank.rank) of \(ranks.count) on \(rank.host): CPUs \(rank.machine.affinity ?? "unknown") "
        + "(\(rank.machine.cpus)), threads \(rank.threads), \(rank.instructionSet)"
    }
    for finding in findings {
      let status = pad(finding.status.rawValue, 7)
      lines.append("\(status)  \(pad(finding.subject, width))  \(finding.summary)")
      if let remedy = finding.remedy { lines.append("\(pad("", 9 + width))  -> \(remedy)") }
    }
    lines.append("\(count(.problem, "problem")), \(count(.warning, "warning"))")
    return lines.joined(separator: "\n")
  }

  private func count(_ status: Finding.Status, _ word: String) -> String {
    let count = findings.count { $0.status == status }
    return "\(count == 0 ? "no" : "\(count)") \(word)\(count == 1 ? "" : "s")"
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }
}
