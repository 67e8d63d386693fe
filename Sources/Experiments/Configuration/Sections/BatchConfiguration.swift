/// How many samples make a step, and the unit of work they are cut into (section `batch`).
public struct BatchConfiguration: Codable, Equatable, Sendable {
  /// Samples per optimizer step, over all ranks.
  public var size: Int
  /// Samples per micro-batch; `size` need not be a multiple.
  public var microbatch: Int

  init(reading reader: ConfigurationReader, model: ModelConfiguration) {
    size = reader.integer(
      "size", default: 128, in: 1...1_000_000, "Samples per optimizer step, over all ranks.")
    microbatch = reader.integer(
      "microbatch", default: min(model.defaultMicrobatch, size), in: 1...1_000_000,
      "Samples that are attacked and differentiated together.")
    reader.finish()
  }

  var fields: [ResolvedField] {
    [ResolvedField("size", .number(size)), ResolvedField("microbatch", .number(microbatch))]
  }

  /// What is wrong with a key, beside what its type and range say.
  var problems: [(keyPath: String, message: String)] {
    microbatch <= size
      ? [] : [("batch.microbatch", "is \(microbatch), more than the \(size) samples of batch.size")]
  }
}
