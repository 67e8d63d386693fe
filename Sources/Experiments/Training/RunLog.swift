import Checkpoints
import Foundation
import Reports

/// What a training run writes down while it goes on, on rank 0: `metrics.jsonl`, `metrics.csv`, and the events that
/// TensorBoard shows.
final class RunLog {
  /// The log, which may be written from any thread.
  let metrics: MetricsLog
  private let epochs: EpochTable
  private let events: EventFile
  private var learningRate = 0.0
  private var row: EpochRow?

  /// Opens the files of a run.
  ///
  /// - Parameters:
  ///   - directory: The run's folder.
  ///   - resumedStep: The step that the run goes on behind; nil where it begins.
  ///   - configuration: What the run is, for TensorBoard's HPARAMS page.
  /// - Throws: `FileError`.
  init(_ directory: RunDirectory, resumedStep: Int?, _ configuration: ExperimentConfiguration) throws {
    metrics = try MetricsLog(path: directory.metrics)
    epochs = try EpochTable(path: directory.epochTable, keepingUpTo: resumedStep ?? 0)
    events = try EventFile(in: directory.tensorboard, resumedStep: resumedStep)
    // Again at every start: settings such as the number of validation samples have not changed, the time has.
    try events.append(
      [.hyperParameters(configuration.hyperParameters, at: Date())], step: resumedStep ?? 0)
  }

  /// Writes down what has no values to draw.
  func append(_ record: some MetricsRecord) throws {
    try metrics.append(record)
  }

  /// Writes down a step.
  func didTakeStep(_ record: StepRecord) throws {
    try metrics.append(record)
    learningRate = record.learningRate
    var values: [SummaryValue] = [
      .scalar("train/loss", record.loss), .scalar("train/learning rate", record.learningRate),
    ]
    if record.total > 0 {
      values.append(.scalar("train/accuracy", Double(record.correct) / Double(record.total)))
    }
    if record.seconds > 0 {
      values.append(.scalar("speed/samples per second", Double(record.total) / record.seconds))
    }
    try events.append(values, step: record.step)
  }

  /// Writes down the end of an epoch; its line in the table follows with `didEndEpoch`.
  func didFinishEpoch(_ record: EpochRecord) throws {
    try metrics.append(record)
    row = EpochRow(epoch: record, learningRate: learningRate)
    var values: [SummaryValue] = [
      .scalar("epoch/loss", record.loss), .scalar("epoch/training accuracy", record.training.accuracy),
    ]
    if let phases = record.phases, phases.total > 0 {
      values += phases.parts.map { .scalar("time/share of \($0.name)", $0.seconds / phases.total) }
    }
    try events.append(values, step: record.step)
  }

  /// Writes down a validation.
  ///
  /// - Parameter picture: Some of its adversarial examples.
  func didValidate(_ record: EvaluationMetrics, picture: PNGImage?) throws {
    try metrics.append(record)
    row?.validation = record
    var values: [SummaryValue] = [.scalar("validation/clean accuracy", record.clean.accuracy)]
    if let robust = record.robust { values.append(.scalar("validation/robust accuracy", robust.accuracy)) }
    if let picture { values.append(try .image("validation/adversarial examples", picture)) }
    try events.append(values, step: record.step)
  }

  /// Adds the epoch to the table, with the validation behind it if there was one.
  func didEndEpoch() throws {
    if let row { try epochs.append(row) }
    row = nil
  }

  /// Writes down the evaluation at the end of the run, which then counts as complete.
  ///
  /// - Parameter step: The step of the weights that were evaluated.
  func didEvaluate(_ report: EvaluationReport, step: Int) throws {
    var values: [SummaryValue] = [.scalar("test/clean accuracy", report.record.clean.accuracy)]
    for attack in report.record.attacks {
      values.append(.scalar("test/accuracy under \(attack.fullName)", attack.count.accuracy))
    }
    if let examples = report.examples, let picture = examples.picture {
      for (place, shown) in examples.examples.sorted(by: { $0.key < $1.key }) {
        values.append(
          try .image("test/\(report.record.attacks[place].fullName)", picture.grid(shown)))
      }
    }
    try events.append(values, step: step)
    try events.append([.hyperParametersEnd(at: Date())], step: step)
  }
}

extension ExperimentConfiguration {
  /// Every setting by its key, with the type it has.
  var hyperParameters: [String: SummaryValue.HyperParameter] {
    let leaves = ResolvedValue.section(fields).leaves().map { leaf in
      (leaf.keyPath, SummaryValue.HyperParameter(leaf.text))
    }
    return Dictionary(leaves, uniquingKeysWith: { first, _ in first })
  }
}

extension SummaryValue.HyperParameter {
  /// A setting from the text it has in a configuration.
  fileprivate init(_ text: String) {
    if let number = Double(text), number.isFinite {
      self = .number(number)
    } else if text == "true" || text == "false" {
      self = .flag(text == "true")
    } else {
      self = .text(text)
    }
  }
}

extension EvaluationRecord.Attack {
  /// What distinguishes one attack of an evaluation from the others: its row in a table and the radius.
  var fullName: String { "\(rowName) \(ConfigurationNumber.text(epsilon))" }
}
