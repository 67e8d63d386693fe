/// Adversarial weight perturbation on top of the method (section `weightPerturbation`).
public struct WeightPerturbationConfiguration: Codable, Equatable, Sendable {
  /// The length of the perturbation, relative to that of each weight tensor; 0 for none.
  public var gamma: Double
  /// The epochs before weights are perturbed.
  public var warmup: Double

  init(reading reader: ConfigurationReader) {
    gamma = reader.number(
      "gamma", default: 0, .nonNegative,
      "How far weights are moved against the loss, relative to their length; 0 for not at all.")
    warmup = reader.number(
      "warmup", default: 0, .nonNegative, "The epochs before weights are perturbed.")
    reader.finish()
  }

  /// Nothing where it is switched off: a run from before it existed is the same run.
  var fields: [ResolvedField] {
    gamma == 0 && warmup == 0
      ? [] : [ResolvedField("gamma", .number(gamma)), ResolvedField("warmup", .number(warmup))]
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(epochs: Int) -> [(keyPath: String, message: String)] {
    if gamma == 0, warmup > 0 {
      return [("weightPerturbation.warmup", "does nothing with weightPerturbation.gamma 0")]
    }
    guard warmup >= Double(epochs), gamma > 0 else { return [] }
    let text = ConfigurationNumber.text(warmup)
    return [("weightPerturbation.warmup", "of \(text) epochs does not end before the run of \(epochs)")]
  }
}
