/// How gradients change the weights (section `optimizer`); learning rates are the schedule's.
public struct OptimizerConfiguration: Codable, Equatable, Sendable {
  /// The optimizers there are.
  public enum Name: String, Codable, ConfigurationChoice {
    /// Stochastic gradient descent with momentum.
    case sgd
    /// Adam (Kingma & Ba 2015); weight decay is added to the gradient.
    case adam
    /// AdamW (Loshchilov & Hutter 2019); weight decay is apart from the gradient.
    case adamw
  }

  /// The optimizer.
  public var name: Name
  /// The momentum of `sgd`.
  public var momentum: Double
  /// Whether the momentum of `sgd` is Nesterov's.
  public var nesterov: Bool
  /// The decay rate of the mean gradient, Adam's only.
  public var beta1: Double
  /// The decay rate of the mean squared gradient, Adam's only.
  public var beta2: Double
  /// What is added to the denominator, Adam's only.
  public var epsilon: Double
  /// The weight decay.
  public var weightDecay: Double
  /// The Euclidean length that the gradient is cut to; 0 for no limit.
  public var clipNorm: Double

  init(reading reader: ConfigurationReader) {
    let name = reader.select("name", default: Name.adam, "The optimizer.")
    let isAdam = name != .sgd
    momentum = reader.number(
      "momentum", default: 0.9, .belowOne, if: !isAdam, otherwise: 0, "The momentum of SGD.")
    nesterov = reader.flag(
      "nesterov", default: false, if: !isAdam, "Whether SGD's momentum looks ahead (Nesterov).")
    beta1 = reader.number(
      "beta1", default: 0.9, .belowOne, if: isAdam, "The decay rate of Adam's mean gradient.")
    beta2 = reader.number(
      "beta2", default: 0.999, .belowOne, if: isAdam, "The decay rate of Adam's mean squared gradient.")
    epsilon = reader.number(
      "epsilon", default: 1e-8, .positive, if: isAdam, "What Adam adds to the denominator.")
    weightDecay = reader.number(
      "weightDecay", default: name == .adamw ? 0.01 : 0, .nonNegative,
      "The weight decay: added to the gradient by sgd and adam, apart from it by adamw (default 0.01).")
    clipNorm = reader.number(
      "clipNorm", default: 0, .nonNegative, "The length that the whole gradient is cut to; 0 for no limit.")
    self.name = name
    reader.finish()
  }

  var fields: [ResolvedField] {
    let own =
      switch name {
      case .sgd: [ResolvedField("momentum", .number(momentum)), ResolvedField("nesterov", .flag(nesterov))]
      case .adam, .adamw:
        [
          ResolvedField("beta1", .number(beta1)), ResolvedField("beta2", .number(beta2)),
          ResolvedField("epsilon", .number(epsilon)),
        ]
      }
    let limit = clipNorm > 0 ? [ResolvedField("clipNorm", .number(clipNorm))] : []
    return [ResolvedField("name", .choice(name))] + own + [ResolvedField("weightDecay", .number(weightDecay))]
      + limit
  }

  /// What is wrong with a key, beside what its type and range say.
  var problems: [(keyPath: String, message: String)] {
    nesterov && momentum == 0
      ? [("optimizer.nesterov", "needs a momentum above 0; optimizer.momentum is 0")] : []
  }
}
