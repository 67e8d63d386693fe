/// When a run is given up because nothing moves, and how often ranks compare their weights (section `watchdog`).
public struct WatchdogConfiguration: Codable, Equatable, Sendable {
  /// The limit of a training step, unless ten times the median step is longer; 0 for no watchdog.
  public var seconds: Double
  /// The limit of everything up to the end of the first step; 0 for none.
  public var startUpSeconds: Double
  /// The limit of a micro-batch of an evaluation; 0 for none.
  public var evaluationSeconds: Double
  /// The limit of a checkpoint and the step behind it; 0 for none.
  public var savingSeconds: Double
  /// Every how many steps ranks compare their weights; 0 for never.
  public var compareWeightsEvery: Int

  init(reading reader: ConfigurationReader) {
    seconds = reader.number(
      "seconds", default: 30, .nonNegative,
      "The longest a step may take, unless ten times the median step is longer; 0 for no watchdog.")
    startUpSeconds = reader.number(
      "startUpSeconds", default: 600, .nonNegative,
      "The longest until the first step is done; 0 for no limit.")
    evaluationSeconds = reader.number(
      "evaluationSeconds", default: 300, .nonNegative,
      "The longest a micro-batch of an evaluation may take; 0 for no limit.")
    savingSeconds = reader.number(
      "savingSeconds", default: 300, .nonNegative,
      "The longest a checkpoint and the step behind it may take; 0 for no limit.")
    compareWeightsEvery = reader.integer(
      "compareWeightsEvery", default: 100, in: 0...1_000_000_000,
      "Steps after which ranks compare their weights, as they do before a checkpoint; 0 for never.")
    reader.finish()
  }

  var fields: [ResolvedField] {
    [
      ResolvedField("seconds", .number(seconds)), ResolvedField("startUpSeconds", .number(startUpSeconds)),
      ResolvedField("evaluationSeconds", .number(evaluationSeconds)),
      ResolvedField("savingSeconds", .number(savingSeconds)),
      ResolvedField("compareWeightsEvery", .number(compareWeightsEvery)),
    ]
  }
}
