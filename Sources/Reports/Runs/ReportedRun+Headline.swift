/// A result of an evaluation, with its place.
struct AttackFinding {
  let evaluation: ReportedEvaluation
  let place: Int
  var attack: EvaluationRecord.Attack { evaluation.record.attacks[place] }
}

extension ReportedRun {
  /// The weights that the report is about: those of the evaluation at the end of training, or of the first there is.
  var checkpoint: EvaluationRecord.CheckpointIdentity? { evaluations.first?.record.checkpoint }

  /// The evaluations of those weights on the data of the first of them.
  var comparableEvaluations: [ReportedEvaluation] {
    guard let first = evaluations.first?.record else { return [] }
    return evaluations.filter {
      $0.record.checkpoint.sha256 == first.checkpoint.sha256 && $0.record.data == first.data
    }
  }

  /// Every attack on those weights, on as many samples as any of them.
  var findings: [AttackFinding] {
    let all = comparableEvaluations.flatMap { evaluation in
      evaluation.record.attacks.indices.map { AttackFinding(evaluation: evaluation, place: $0) }
    }
    let most = all.map(\.attack.count.total).max() ?? 0
    return all.filter {
      $0.attack.count.total == most && $0.attack.epsilon.isFinite && $0.attack.epsilon >= 0
    }
  }

  /// The attack that leaves the fewest samples under the threat model of training, or under the first one that was
  /// attacked where that was not; nil where nothing was.
  var strongest: AttackFinding? {
    let own = findings.filter { $0.attack.norm == threat?.norm && $0.attack.epsilon == threat?.epsilon }
    let candidates =
      own.isEmpty ? findings.first.map { first in findings.filter { first.hasThreat(of: $0) } } ?? [] : own
    // The first of equals: the order of evaluations is that of their names.
    return candidates.enumerated().min {
      ($0.element.attack.count.correct, $0.offset) < ($1.element.attack.count.correct, $1.offset)
    }?.element
  }

  /// The clean accuracy on the most samples.
  var clean: AccuracyCount? {
    if let strongest { return strongest.evaluation.record.clean }
    return comparableEvaluations.map(\.record.clean).max { $0.total < $1.total }
  }

  /// The brackets of those weights with their evaluations.
  var brackets: [(evaluation: ReportedEvaluation, bracket: EvaluationRecord.Bracket)] {
    comparableEvaluations.flatMap { evaluation in
      (evaluation.record.brackets ?? []).filter { $0.epsilon.isFinite && $0.epsilon >= 0 }.map {
        (evaluation, $0)
      }
    }
  }

  /// The seconds of training steps, of all epochs.
  var trainingSeconds: Double { history.epochs.reduce(0) { $0 + $1.seconds } }
  /// The seconds of validations.
  var validationSeconds: Double { history.evaluations.reduce(0) { $0 + $1.seconds } }
  /// Training samples seen per second, adversarial examples included.
  var samplesPerSecond: Double? {
    let samples = history.epochs.reduce(0) { $0 + $1.training.total }
    return samples > 0 && trainingSeconds > 0 ? Double(samples) / trainingSeconds : nil
  }
  /// Where the time of training steps went; nil where that was not written down.
  var phases: PhaseSeconds? {
    let known = history.epochs.compactMap(\.phases)
    guard !known.isEmpty else { return nil }
    return known.reduce(into: PhaseSeconds()) { $0 += $1 }
  }
}

extension AttackFinding {
  /// Whether both attacks stay in the same set.
  func hasThreat(of other: AttackFinding) -> Bool {
    attack.norm == other.attack.norm && attack.epsilon == other.attack.epsilon
  }
}

extension EvaluationRecord.Attack {
  /// What distinguishes the attack from others at the same radius, as in a table's rows: `pgd-20 x5`.
  public var shortName: String {
    var text = name
    if let version { text += " \(version)" }
    if let steps, name == "pgd" { text += "-\(steps)" }
    if let restarts, restarts > 1 { text += " x\(restarts)" }
    return text
  }

  /// The attack with its radius: `pgd-20, l∞ 0.3`.
  var label: String { "\(shortName), \(ReportText.norm(norm)) \(ReportText.radius(epsilon))" }

  /// Everything that decides its strength, in words.
  var settings: String {
    var parts: [String] = []
    if let steps { parts.append(ReportText.count(steps, "step")) }
    if let stepSize { parts.append("step size \(ReportText.number(stepSize))") }
    if let restarts { parts.append(ReportText.count(restarts, "restart")) }
    return parts.joined(separator: ", ")
  }
}
