/// When checkpoints are written, beside those at the start and the end (section `checkpoint`).
public struct CheckpointConfiguration: Codable, Equatable, Sendable {
  /// Every how many epochs; 0 for never.
  public var everyEpochs: Int
  /// Every how many optimizer steps; 0 for never.
  public var everySteps: Int
  /// How many of the newest are kept, beside the best.
  public var keep: Int

  init(reading reader: ConfigurationReader) {
    everyEpochs = reader.integer(
      "everyEpochs", default: 1, in: 0...1_000_000, "Epochs between checkpoints; 0 for none.")
    everySteps = reader.integer(
      "everySteps", default: 200, in: 0...1_000_000_000, "Steps between checkpoints; 0 for none.")
    keep = reader.integer(
      "keep", default: 3, in: 1...1_000_000, "How many of the newest are kept, beside the best.")
    reader.finish()
  }

  var fields: [ResolvedField] {
    [
      ResolvedField("everyEpochs", .number(everyEpochs)), ResolvedField("everySteps", .number(everySteps)),
      ResolvedField("keep", .number(keep)),
    ]
  }
}
