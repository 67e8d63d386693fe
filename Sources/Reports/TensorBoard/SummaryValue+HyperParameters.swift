import Checkpoints
public import Foundation

/// The settings of a run for TensorBoard's HPARAMS page, in the messages of its plugin
/// (`tensorboard/plugins/hparams/plugin_data.proto`, version 0).
///
/// The page finds out by itself which settings differ between the runs it shows and which curves there are, so no list of
/// either is written.
extension SummaryValue {
  /// The value of a setting.
  public enum HyperParameter: Sendable, Equatable {
    /// A number.
    case number(Double)
    /// Yes or no.
    case flag(Bool)
    /// Anything else.
    case text(String)
  }

  private enum Field {
    static let sessionStart = 3
    static let sessionEnd = 4
    static let hyperParameter = 1
    static let startSeconds = 5
    static let mapKey = 1
    static let mapValue = 2
    static let numberValue = 2
    static let stringValue = 3
    static let boolValue = 4
    static let status = 1
    static let endSeconds = 2
  }

  private static let pluginName = "hparams"
  /// `STATUS_SUCCESS`.
  private static let succeeded = 1

  /// What a run begins with: its settings by name.
  public static func hyperParameters(_ settings: [String: HyperParameter], at start: Date) -> SummaryValue {
    var session = ProtobufMessage()
    for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
      var value = ProtobufMessage()
      switch setting {
      case .number(let number): value.add(Field.numberValue, number)
      case .flag(let flag): value.add(Field.boolValue, flag)
      case .text(let text): value.add(Field.stringValue, text)
      }
      var entry = ProtobufMessage()
      entry.add(Field.mapKey, name)
      entry.add(Field.mapValue, value)
      session.add(Field.hyperParameter, entry)
    }
    session.add(Field.startSeconds, start.timeIntervalSince1970)
    var data = ProtobufMessage()
    data.add(Field.sessionStart, session)
    return plugin(pluginName, tag: "_hparams_/session_start_info", content: data)
  }

  /// What a run that came to its end ends with.
  public static func hyperParametersEnd(at end: Date) -> SummaryValue {
    var session = ProtobufMessage()
    session.add(Field.status, succeeded)
    session.add(Field.endSeconds, end.timeIntervalSince1970)
    var data = ProtobufMessage()
    data.add(Field.sessionEnd, session)
    return plugin(pluginName, tag: "_hparams_/session_end_info", content: data)
  }
}
