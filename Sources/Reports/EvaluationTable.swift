import Checkpoints
import Foundation

/// Every accuracy of every evaluation of some runs as a table for spreadsheets (RFC 4180, with plain line feeds).
public struct EvaluationTable: Sendable {
  /// The names of the columns; accuracies go from 0 to 1.
  public static let columns = [
    "run", "evaluation", "checkpoint", "sha256", "data", "kind", "name", "version", "norm", "epsilon",
    "steps",
    "step_size", "restarts", "correct", "total", "accuracy", "ci95_lower", "ci95_upper", "max_norm",
    "seconds",
  ]

  private var lines: [String]

  /// Collects the accuracies of runs.
  public init(_ runs: [ReportedRun]) {
    lines = [Self.columns.joined(separator: ",")]
    for run in runs {
      for evaluation in run.evaluations { append(evaluation, of: run) }
    }
  }

  /// The text of the file.
  public var text: String { lines.joined(separator: "\n") + "\n" }

  /// Writes the file atomically.
  ///
  /// - Throws: `FileError` if the system refuses.
  public func write(to path: String) throws {
    try AtomicFile.write(text, to: path)
  }

  private mutating func append(_ evaluation: ReportedEvaluation, of run: ReportedRun) {
    let record = evaluation.record
    let place = [
      run.name, evaluation.id, record.checkpoint.path, record.checkpoint.sha256, record.data ?? "",
    ]
    func add(_ fields: [String], _ count: AccuracyCount, _ rest: [String]) {
      let interval = count.ci95
      let numbers = [
        "\(count.correct)", "\(count.total)", "\(count.accuracy)", "\(interval.lower)", "\(interval.upper)",
      ]
      lines.append((place + fields + numbers + rest).map(csvField).joined(separator: ","))
    }
    add(["clean", "none", "", "", "0", "", "", ""], record.clean, ["0", ""])
    for attack in record.attacks {
      add(
        [
          "attack", attack.name, attack.version ?? "", attack.norm, "\(attack.epsilon)",
          attack.steps.map { "\($0)" } ?? "", attack.stepSize.map { "\($0)" } ?? "",
          attack.restarts.map { "\($0)" } ?? "",
        ], attack.count, ["\(attack.maxNorm)", "\(attack.seconds)"])
    }
    for bracket in record.brackets ?? [] {
      add(
        ["certified", bracket.method, "", bracket.norm, "\(bracket.epsilon)", "", "", ""],
        bracket.certifiedAccuracy, ["", ""])
    }
    if let certified = record.certified, record.brackets == nil {
      add(
        ["certified", certified.method, "", certified.norm, "\(certified.epsilon)", "", "", ""],
        certified.count, ["", "\(certified.seconds)"])
    }
  }
}
