import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// What an evaluation found.
struct EvaluationReport {
  /// How many samples that an attack broke, and how many that withstood it, are kept as images.
  static let brokenExamples = 8
  static let withstandingExamples = 4

  var record: EvaluationRecord
  var verdicts: [SampleVerdict] = []
  /// Some adversarial examples of each attack; nil where none were found.
  var examples: ExampleFile?

  /// Writes evaluation.json, verdicts.jsonl and the examples into a folder.
  ///
  /// - Throws: `FileError`.
  func write(to folder: String) throws {
    try FileSystem.makeFolder(folder)
    try SampleVerdict.write(verdicts, to: "\(folder)/verdicts.jsonl")
    try writeExamples(to: folder)
    try ReportFile.write(record, to: "\(folder)/evaluation.json")
  }

  private func writeExamples(to folder: String) throws {
    guard let examples else { return }
    try examples.safetensors(metadata: [
      "checkpoint_sha256": record.checkpoint.sha256, "data": record.data ?? "",
    ]).write(to: "\(folder)/\(ExampleFile.name)")
    guard let picture = examples.picture else { return }
    for (place, shown) in examples.examples.sorted(by: { $0.key < $1.key }) {
      let attack = record.attacks[place]
      let radius = ConfigurationNumber.text(attack.epsilon)
      try picture.grid(shown).write(
        to: "\(folder)/examples-\(place + 1)-\(attack.name)-\(attack.norm)-\(radius).png")
    }
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
    var table = AccuracyTable(
      corner: "epsilon", columns: columns.isEmpty ? ["0"] : columns,
      remark: record.limit.map { ", the first of \($0.of)" } ?? "")
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
    let ensemble = result.attack as? AttackEnsemble
    self.init(
      name: result.attack.name, version: ensemble?.version, norm: result.attack.threat.norm.rawValue,
      epsilon: result.attack.threat.epsilon.asWritten, steps: result.attack.gradientSteps,
      stepSize: descent.map { $0.stepSize.asWritten },
      restarts: ensemble == nil ? result.attack.restarts : nil, count: count, maxNorm: result.largestNorm,
      seconds: result.seconds,
      stages: ensemble == nil
        ? []
        : result.stages.map { .init(name: $0.attack.name, correct: $0.correct, seconds: $0.seconds) })
  }

  /// What distinguishes the rows of a table: everything but the radius and what scales with it.
  var rowName: String { "\(shortName) \(norm)" }
}

extension SampleVerdict {
  /// The verdicts of an attack.
  static func all(of result: AttackResult) -> [SampleVerdict] {
    result.clean.labels.indices.map { place in
      let label = result.clean.labels[place]
      let isWrong = result.clean.predictions[place] != label
      let outcome: Outcome = isWrong ? .cleanWrong : result.brokenBy[place] != nil ? .broken : .undecided
      return SampleVerdict(
        index: result.clean.sourceIndices[place], label: label, predicted: result.predictions[place],
        verdict: outcome, by: result.brokenBy[place], attack: result.attack.name,
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

extension Attack {
  /// The gradient steps of a run; nil where there are none, or members have their own.
  fileprivate var gradientSteps: Int? {
    switch self {
    case let attack as ProjectedGradientDescent: attack.steps
    case let attack as AutoProjectedGradientDescent: attack.steps
    case let attack as FastAdaptiveBoundary: attack.steps
    default: nil
    }
  }
}
