/// The kinds of lines in `metrics.jsonl`.
public enum MetricsEvent: String, Codable, Sendable, CaseIterable {
  /// An optimizer step.
  case step
  /// The end of an epoch.
  case epoch
  /// An evaluation.
  case evaluation
  /// A checkpoint that was written.
  case checkpoint
  /// A start from a checkpoint: lines of later steps before this one are superseded.
  case resume
  /// A stop on request.
  case stop
  /// Something the user should know.
  case warning
  /// A guard that stepped in.
  case intervention = "guard"
}

/// The content of a line of `metrics.jsonl`, encoded as a JSON object; the log adds `event` and `time`.
public protocol MetricsRecord: Codable, Sendable {
  /// The kind of line this is.
  static var event: MetricsEvent { get }
}

/// An optimizer step.
public struct StepRecord: MetricsRecord, Equatable {
  /// Lines of steps.
  public static let event = MetricsEvent.step
  /// The step, from 1.
  public var step: Int
  /// Its epoch, from 0.
  public var epoch: Int
  /// The mean training loss of its batch.
  public var loss: Double
  /// The training samples of the batch classified correctly, as trained on (attacked or not).
  public var correct: Int
  /// The batch's samples.
  public var total: Int
  /// The learning rate it was taken with.
  public var learningRate: Double
  /// The wall-clock time of the whole step.
  public var seconds: Double

  /// Creates the record of a step.
  public init(
    step: Int, epoch: Int, loss: Double, correct: Int, total: Int, learningRate: Double, seconds: Double
  ) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.correct = correct
    self.total = total
    self.learningRate = learningRate
    self.seconds = seconds
  }
}

/// A checkpoint that was written.
public struct CheckpointRecord: MetricsRecord, Equatable {
  /// Lines of checkpoints.
  public static let event = MetricsEvent.checkpoint
  /// The optimizer steps done.
  public var step: Int
  /// The checkpoint's folder.
  public var path: String
  /// The SHA-256 of its model file.
  public var sha256: String

  /// Creates the record of a checkpoint.
  public init(step: Int, path: String, sha256: String) {
    self.step = step
    self.path = path
    self.sha256 = sha256
  }
}

/// A start from a checkpoint.
public struct ResumeRecord: MetricsRecord, Equatable {
  /// Lines of resumptions.
  public static let event = MetricsEvent.resume
  /// The steps done in the checkpoint; earlier lines of later steps are superseded.
  public var step: Int
  /// The checkpoint's folder.
  public var path: String
  /// The ranks the run goes on with.
  public var ranks: Int

  /// Creates the record of a resumption.
  public init(step: Int, path: String, ranks: Int) {
    self.step = step
    self.path = path
    self.ranks = ranks
  }
}

/// A stop on request, which all ranks agreed on; the checkpoint is on the disk.
public struct StopRecord: MetricsRecord, Equatable {
  /// Lines of stops.
  public static let event = MetricsEvent.stop
  /// The optimizer steps done.
  public var step: Int

  /// Creates the record of a stop.
  public init(step: Int) {
    self.step = step
  }
}

/// Something the user should know.
public struct WarningRecord: MetricsRecord, Equatable {
  /// Lines of warnings.
  public static let event = MetricsEvent.warning
  /// One sentence.
  public var message: String

  /// Creates the record of a warning.
  public init(_ message: String) {
    self.message = message
  }
}
