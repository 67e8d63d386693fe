import Attacks
import Checkpoints
import Evaluation
import Foundation
import Reports

/// One evaluation: clean accuracy, then every attack at every radius, independently of each other.
struct EvaluationSession {
  let evaluator: RobustEvaluator
  let console: Console
  let checkpoint: EvaluationRecord.CheckpointIdentity
  /// What the reader should know beforehand, such as a limit on the samples.
  var warnings: [String] = []

  /// Measures, and says what came out as it comes.
  ///
  /// - Parameter attacks: What to attack with.
  func run(_ attacks: [any Attack]) throws -> EvaluationReport {
    let clean = try evaluator.measureClean()
    let cleanCount = AccuracyCount(correct: clean.correct, total: clean.total)
    console.note("clean accuracy \(describe(cleanCount))")
    var report = EvaluationReport(
      record: EvaluationRecord(
        checkpoint: checkpoint, clean: cleanCount, attacks: [], warnings: warnings + Self.warnings(for: clean)
      ))
    if attacks.isEmpty { report.verdicts = SampleVerdict.clean(clean) }
    for attack in attacks {
      let result = try evaluator.measure(attack, clean: clean)
      let count = AccuracyCount(correct: result.correct, total: result.total)
      console.note("robust accuracy under \(attack.label): \(describe(count))")
      report.record.attacks.append(EvaluationRecord.Attack(result, count))
      report.verdicts += SampleVerdict.all(of: result)
    }
    return report
  }

  private func describe(_ count: AccuracyCount) -> String {
    let interval = count.ci95
    return "\(percent(count)) (\(count.correct) of \(count.total), 95 % interval "
      + "\(fixed(100 * interval.lower, 2)) to \(fixed(100 * interval.upper, 2)) %)"
  }

  private static func warnings(for clean: CleanResult) -> [String] {
    let lost = clean.predictions.count { $0 < 0 }
    return lost == 0 ? [] : ["\(lost) samples have outputs that are not numbers; they count as misclassified"]
  }
}

/// What an evaluation found.
struct EvaluationReport {
  var record: EvaluationRecord
  var verdicts: [SampleVerdict] = []

  /// Writes evaluation.json and verdicts.jsonl into a new folder.
  ///
  /// - Throws: `FileError`.
  func write(to folder: String) throws {
    try FileSystem.makeFolder(folder)
    try SampleVerdict.write(verdicts, to: "\(folder)/verdicts.jsonl")
    try ReportFile.write(record, to: "\(folder)/evaluation.json")
  }

  /// Accuracy against epsilon, a row for each kind of attack; clean accuracy stands at epsilon 0.
  func table() -> String {
    var radii: [Double] = []
    var names: [String] = []
    for attack in record.attacks {
      if !radii.contains(attack.epsilon) { radii.append(attack.epsilon) }
      if !names.contains(attack.rowName) { names.append(attack.rowName) }
    }
    radii.sort()
    let columns = radii.map { ConfigurationNumber.text($0) }
    var table = AccuracyTable(corner: "epsilon", columns: columns.isEmpty ? ["0"] : columns)
    table.append("clean", columns.isEmpty ? [record.clean] : radii.map { _ in record.clean })
    for name in names {
      table.append(
        name,
        radii.map { radius in record.attacks.first { $0.rowName == name && $0.epsilon == radius }?.count })
    }
    return table.rendered()
  }
}

extension Float {
  /// The number that people wrote: 0.3 rather than the 0.30000001192...
  ///
  /// that float32 holds of it.
  var asWritten: Double { Double(description) ?? Double(self) }
}

extension EvaluationRecord.Attack {
  init(_ result: AttackResult, _ count: AccuracyCount) {
    let descent = result.attack as? ProjectedGradientDescent
    self.init(
      name: result.attack.name, norm: result.attack.threat.norm.rawValue,
      epsilon: result.attack.threat.epsilon.asWritten,
      steps: descent?.steps ?? (result.attack as? AutoProjectedGradientDescent)?.steps,
      stepSize: descent.map { $0.stepSize.asWritten }, restarts: result.attack.restarts, count: count,
      maxNorm: result.largestNorm, seconds: result.seconds)
  }

  /// What distinguishes the rows of a table: everything but the radius and what scales with it.
  var rowName: String {
    var text = name
    if let steps, name == "pgd" { text += "-\(steps)" }
    if let restarts, restarts > 1 { text += " x\(restarts)" }
    return "\(text) \(norm)"
  }
}

extension SampleVerdict {
  /// The verdicts of an attack.
  static func all(of result: AttackResult) -> [SampleVerdict] {
    result.clean.labels.indices.map { place in
      let label = result.clean.labels[place]
      let isWrong = result.clean.predictions[place] != label
      let outcome: Outcome = isWrong ? .cleanWrong : result.broken[place] ? .broken : .undecided
      return SampleVerdict(
        index: result.clean.sourceIndices[place], label: label, predicted: result.predictions[place],
        verdict: outcome, by: outcome == .broken ? result.attack.name : nil, attack: result.attack.name,
        norm: result.attack.threat.norm.rawValue, epsilon: result.attack.threat.epsilon.asWritten)
    }
  }

  /// The verdicts where nothing attacked.
  static func clean(_ clean: CleanResult) -> [SampleVerdict] {
    clean.labels.indices.map { place in
      let isRight = clean.predictions[place] == clean.labels[place]
      return SampleVerdict(
        index: clean.sourceIndices[place], label: clean.labels[place], predicted: clean.predictions[place],
        verdict: isRight ? .undecided : .cleanWrong, attack: "none", norm: "none", epsilon: 0)
    }
  }
}
