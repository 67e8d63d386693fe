import Checkpoints
public import Foundation

/// What `metrics.jsonl` says of a run: the lines that count, by their kind.
///
/// Lines that a resumption superseded are left out, and so are those that a crash tore.
public struct MetricsHistory: Sendable, Equatable {
  /// A start of the run, or a resumption.
  public struct Start: Sendable, Equatable {
    /// The steps that had been done.
    public var step: Int
    /// The ranks from there on; nil for the first start, of which the manifest tells.
    public var ranks: Int?
  }

  /// Every optimizer step.
  public var steps: [StepRecord] = []
  /// The ends of epochs.
  public var epochs: [EpochRecord] = []
  /// Evaluations while training.
  public var evaluations: [EvaluationMetrics] = []
  /// Guards that stepped in.
  public var interventions: [GuardRecord] = []
  /// Warnings, each once, in the order of their first appearance.
  public var warnings: [String] = []
  /// The starts of the run; the first one where nothing was resumed.
  public var starts: [Start] = [Start(step: 0)]
  /// When the first and the last line were written, in UTC (ISO 8601); nil in an empty file.
  public var span: (first: String, last: String)? {
    first.flatMap { first in last.map { (first, $0) } }
  }
  /// The lines that could not be understood.
  public var unreadableLines = 0

  private var first: String?
  private var last: String?

  /// A history in which nothing has happened.
  public init() {}

  /// Reads the lines of a log.
  public init(_ data: Data) {
    let decoder = JSONValue.decoder()
    for line in data.split(separator: UInt8(ascii: "\n")) {
      do {
        let line = try decoder.decode(MetricsLine.self, from: Data(line))
        first = first ?? line.time
        last = line.time
        add(line.record)
      } catch {
        unreadableLines += 1
      }
    }
  }

  /// Reads a log.
  ///
  /// - Throws: `FileError`.
  public init(contentsOf path: String) throws {
    self.init(try FileSystem.read(path))
  }

  private mutating func add(_ record: (any MetricsRecord)?) {
    switch record {
    case let record as StepRecord: steps.append(record)
    case let record as EpochRecord: epochs.append(record)
    case let record as EvaluationMetrics: evaluations.append(record)
    case let record as GuardRecord: interventions.append(record)
    case let record as WarningRecord where !warnings.contains(record.message):
      warnings.append(record.message)
    case let record as ResumeRecord: resume(record)
    default: break
    }
  }

  /// What came behind the checkpoint that a run goes on from happens again.
  private mutating func resume(_ record: ResumeRecord) {
    steps.removeAll { $0.step > record.step }
    epochs.removeAll { $0.step > record.step }
    evaluations.removeAll { $0.step > record.step }
    interventions.removeAll { $0.step > record.step }
    starts.removeAll { $0.step > record.step }
    starts.append(Start(step: record.step, ranks: record.ranks))
  }
}

/// A line of the log; a kind that this version does not know has no record.
private struct MetricsLine: Decodable {
  let time: String
  let record: (any MetricsRecord)?

  private enum CodingKeys: String, CodingKey {
    case event, time
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    time = try container.decode(String.self, forKey: .time)
    record =
      switch MetricsEvent(rawValue: try container.decode(String.self, forKey: .event)) {
      case .step: try StepRecord(from: decoder)
      case .epoch: try EpochRecord(from: decoder)
      case .evaluation: try EvaluationMetrics(from: decoder)
      case .checkpoint: try CheckpointRecord(from: decoder)
      case .resume: try ResumeRecord(from: decoder)
      case .stop: try StopRecord(from: decoder)
      case .warning: try WarningRecord(from: decoder)
      case .intervention: try GuardRecord(from: decoder)
      case nil: nil
      }
  }
}
