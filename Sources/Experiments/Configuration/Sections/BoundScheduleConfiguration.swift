/// The course of training by bounds (keys of section `training` for methods that use them).
public struct BoundScheduleConfiguration: Codable, Equatable, Sendable {
  /// The courses of the ramp.
  public enum Ramp: String, Codable, ConfigurationChoice {
    /// The same increase at every step.
    case linear
    /// Slow at first (Xu et al. 2020).
    case smooth
  }

  /// What is trained at behind the ramp.
  public var epsilon: Double
  /// The epochs before the ramp.
  public var rampStart: Double
  /// The epochs over which epsilon rises from 0.
  public var rampLength: Double
  /// How it rises.
  public var ramp: Ramp
  /// The weight of the loss on clean images before the ramp.
  public var kappaStart: Double
  /// That weight behind the ramp.
  public var kappaEnd: Double
  /// The share of linear bounds in the worst case before the ramp.
  public var betaStart: Double
  /// That share behind the ramp.
  public var betaEnd: Double

  init(
    reading reader: ConfigurationReader, method: TrainingConfiguration.Method, epsilon: Double, epochs: Int
  ) {
    let isUsed = method.usesBounds
    self.epsilon = reader.number(
      "epsilon", default: epsilon, .nonNegative, if: isUsed, "What is trained at; threat.epsilon if left out."
    )
    rampStart = reader.number(
      "rampStart", default: 0, .nonNegative, if: isUsed, "The epochs before epsilon rises from 0.")
    rampLength = reader.number(
      "rampLength", default: Double(epochs) / 2, .nonNegative, if: isUsed,
      "The epochs over which epsilon rises from 0; half of all if left out.")
    ramp = reader.choice(
      "ramp", default: .linear, if: isUsed, "Whether epsilon rises evenly, or slowly at first.")
    kappaStart = reader.number(
      "kappaStart", default: 1, .unit, if: isUsed,
      "The weight of clean images in the loss before the ramp.")
    kappaEnd = reader.number(
      "kappaEnd", default: 0.5, .unit, if: isUsed,
      "The weight of clean images in the loss behind the ramp.")
    let isMixed = method == .crownIBP
    betaStart = reader.number(
      "betaStart", default: 1, .unit, if: isMixed, otherwise: 0,
      "The share of linear bounds before the ramp, against interval bounds.")
    betaEnd = reader.number(
      "betaEnd", default: 0, .unit, if: isMixed, otherwise: 0,
      "The share of linear bounds behind the ramp.")
  }

  func fields(_ method: TrainingConfiguration.Method) -> [ResolvedField] {
    guard method.usesBounds else { return [] }
    let mixture =
      method == .crownIBP
      ? [ResolvedField("betaStart", .number(betaStart)), ResolvedField("betaEnd", .number(betaEnd))] : []
    return [
      ResolvedField("epsilon", .number(epsilon)), ResolvedField("rampStart", .number(rampStart)),
      ResolvedField("rampLength", .number(rampLength)), ResolvedField("ramp", .choice(ramp)),
      ResolvedField("kappaStart", .number(kappaStart)), ResolvedField("kappaEnd", .number(kappaEnd)),
    ] + mixture
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(
    _ method: TrainingConfiguration.Method, epochs: Int
  ) -> [(keyPath: String, message: String)] {
    guard method.usesBounds else { return [] }
    var problems: [(keyPath: String, message: String)] = []
    if rampStart + rampLength > Double(epochs) {
      let text = [rampStart, rampLength].map { ConfigurationNumber.text($0) }
      problems.append(
        (
          "training.rampLength",
          "of \(text[1]) epochs behind \(text[0]) does not end within the run of \(epochs)"
        ))
    }
    if epsilon > 1 {
      let text = ConfigurationNumber.text(epsilon)
      problems.append(
        (
          "training.epsilon",
          "is \(text), more than the whole range of a pixel, 0 to 1; was \(text)/255 meant?"
        ))
    }
    return problems
  }
}
