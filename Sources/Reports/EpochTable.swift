import Checkpoints
import Foundation

/// A line of `metrics.csv`: an epoch with the validation behind it.
public struct EpochRow: Sendable, Equatable {
  /// The end of the epoch.
  public var epoch: EpochRecord
  /// The learning rate of its last step.
  public var learningRate: Double
  /// The validation behind it; nil where there was none.
  public var validation: EvaluationMetrics?

  /// Creates a line.
  public init(epoch: EpochRecord, learningRate: Double, validation: EvaluationMetrics? = nil) {
    self.epoch = epoch
    self.learningRate = learningRate
    self.validation = validation
  }
}

/// The table of a run's epochs for spreadsheets, `metrics.csv` (RFC 4180, with plain line feeds).
///
/// Each line goes out in a single write(2). What a resumption supersedes is removed, so that every epoch stands in it
/// once.
public struct EpochTable: Sendable {
  /// The names of the columns; accuracies go from 0 to 1, epochs are counted from 1 as on the terminal.
  public static let columns = [
    "epoch", "step", "loss", "training_correct", "training_total", "training_accuracy", "learning_rate",
    "samples_per_second", "seconds", "attack_seconds", "gradient_seconds", "reduction_seconds",
    "waiting_seconds", "other_seconds", "validation_attack", "validation_total", "clean_correct",
    "clean_accuracy", "robust_correct", "robust_accuracy", "validation_seconds",
  ]

  private let path: String

  /// Opens the table of a run that begins or goes on.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - step: The steps that the run goes on behind; later lines are removed. 0 for a run that begins.
  /// - Throws: `FileError` if the system refuses.
  public init(path: String, keepingUpTo step: Int) throws {
    self.path = path
    let heading = Self.columns.joined(separator: ",")
    var lines: [Substring] = []
    if step > 0, FileSystem.exists(path) {
      let text = String(decoding: try FileSystem.read(path), as: UTF8.self)
      // Behind the last line feed is nothing, or what a crash tore.
      let whole = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if whole.first.map(String.init) == heading {
        lines = whole.dropFirst().filter { line in
          let fields = line.split(separator: ",", maxSplits: 2)
          return fields.count == 3 && Int(fields[1]).map { $0 <= step } ?? false
        }
      }
    }
    try AtomicFile.write(([heading] + lines.map(String.init)).joined(separator: "\n") + "\n", to: path)
  }

  /// Adds a line.
  ///
  /// - Throws: `FileError` if the system refuses or takes only a part of it.
  public func append(_ row: EpochRow) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    try FileSystem.append(Data((Self.line(row) + "\n").utf8), to: descriptor, path: path)
  }

  /// A line without its end.
  static func line(_ row: EpochRow) -> String {
    let (epoch, phases) = (row.epoch, row.epoch.phases)
    let rate = epoch.seconds > 0 ? Double(epoch.training.total) / epoch.seconds : 0
    var fields = [
      "\(epoch.epoch + 1)", "\(epoch.step)", "\(epoch.loss)", "\(epoch.training.correct)",
      "\(epoch.training.total)", "\(epoch.training.accuracy)", "\(row.learningRate)", fixed(rate, 1),
      fixed(epoch.seconds, 3),
    ]
    fields += phases.map { $0.parts.map { fixed($0.seconds, 3) } } ?? Array(repeating: "", count: 5)
    guard let validation = row.validation else {
      return (fields + Array(repeating: "", count: columns.count - fields.count)).joined(separator: ",")
    }
    fields += [
      csvField(validation.attack), "\(validation.clean.total)", "\(validation.clean.correct)",
      "\(validation.clean.accuracy)",
    ]
    fields += validation.robust.map { ["\($0.correct)", "\($0.accuracy)"] } ?? ["", ""]
    return (fields + [fixed(validation.seconds, 3)]).joined(separator: ",")
  }
}

/// A field of a CSV file, in quotes where it needs them (RFC 4180, section 2).
func csvField(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { [",", "\"", "\n", "\r"].contains($0) }) else { return text }
  return "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\""
}

/// A number with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}
