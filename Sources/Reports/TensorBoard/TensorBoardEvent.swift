import Checkpoints
import Foundation

/// An event of a TensorBoard file, as the protocol buffer message `tensorflow.Event` (`core/util/event.proto`).
enum TensorBoardEvent {
  /// What every file begins with.
  case fileVersion(at: Date)
  /// A program that was started again: TensorBoard forgets what it read of this step and later ones.
  case sessionStart(step: Int, at: Date)
  /// Values that belong to a step.
  case summary([SummaryValue], step: Int, at: Date)

  /// The numbers of the fields of `Event` and `SessionLog`.
  private enum Field {
    static let wallTime = 1
    static let step = 2
    static let fileVersion = 3
    static let summary = 5
    static let sessionLog = 7
    static let sessionStatus = 1
    static let summaryValue = 1
  }

  /// `SessionLog.START`.
  private static let sessionStarted = 1

  /// The event, encoded.
  var message: ProtobufMessage {
    var event = ProtobufMessage()
    switch self {
    case .fileVersion(let time):
      event.add(Field.wallTime, time.timeIntervalSince1970)
      event.add(Field.fileVersion, "brain.Event:2")
    case .sessionStart(let step, let time):
      var log = ProtobufMessage()
      log.add(Field.sessionStatus, Self.sessionStarted)
      event.add(Field.wallTime, time.timeIntervalSince1970)
      event.add(Field.step, step)
      event.add(Field.sessionLog, log)
    case .summary(let values, let step, let time):
      var summary = ProtobufMessage()
      for value in values { summary.add(Field.summaryValue, value.message) }
      event.add(Field.wallTime, time.timeIntervalSince1970)
      event.add(Field.step, step)
      event.add(Field.summary, summary)
    }
    return event
  }
}
