/// Which average of the weights is evaluated and kept in their place (section `averaging`).
public struct AveragingConfiguration: Codable, Equatable, Sendable {
  /// The averages there are.
  public enum Method: String, Codable, ConfigurationChoice {
    /// None: the weights themselves.
    case none
    /// An exponential moving average over steps.
    case ema
    /// The mean over the ends of epochs (Izmailov et al. 2018).
    case swa
  }

  /// The average.
  public var method: Method
  /// What `ema` multiplies the average with at each step.
  public var decay: Double
  /// The epochs before the average begins.
  public var from: Double

  init(reading reader: ConfigurationReader) {
    let method = reader.select("method", default: Method.none, "The average that is evaluated and kept.")
    decay = reader.number(
      "decay", default: 0.999, .belowOne, if: method == .ema, otherwise: 0,
      "What the moving average is multiplied with at each step.")
    from = reader.number(
      "from", default: 0, .nonNegative, if: method != .none, "The epochs before the average begins.")
    self.method = method
    reader.finish()
  }

  /// Nothing where it is switched off: a run from before it existed is the same run.
  var fields: [ResolvedField] {
    guard method != .none else { return [] }
    let decay = method == .ema ? [ResolvedField("decay", .number(decay))] : []
    return [ResolvedField("method", .choice(method))] + decay + [ResolvedField("from", .number(from))]
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(epochs: Int) -> [(keyPath: String, message: String)] {
    // The mean over the ends of epochs takes in the very end too.
    let isLate = method == .swa ? from > Double(epochs) : from >= Double(epochs)
    guard method != .none, isLate else { return [] }
    let text = ConfigurationNumber.text(from)
    return [("averaging.from", "is \(text), and a run of \(epochs) epochs has no weights behind that")]
  }
}
