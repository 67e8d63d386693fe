/// What the weights are fitted to (section `training`); the method selects which keys do anything.
public struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// The training methods there are.
  public enum Method: String, Codable, ConfigurationChoice {
    /// Clean samples.
    case standard
    /// One signed gradient step from the clean sample (Goodfellow et al. 2015).
    case fgsm
    /// One signed gradient step from a random start (Wong et al. 2020).
    case fgsmRandomStart = "fgsm-rs"
    /// Projected gradient descent (Madry et al. 2018).
    case pgd
    /// The exact worst case of a linear model, in closed form.
    case exact
    /// Clean samples with the squared norm of the weights as penalty, for comparison.
    case softMarginSVM = "soft-margin-svm"

    /// Whether gradient steps make the training samples.
    public var isGradientAttack: Bool { self == .fgsm || self == .fgsmRandomStart || self == .pgd }
  }

  /// The loss functions there are.
  public enum LossFunction: String, Codable, ConfigurationChoice {
    /// Softmax cross-entropy.
    case crossEntropy = "cross-entropy"
    /// The largest other score minus that of the class (Carlini & Wagner 2017); attacks only.
    case margin
    /// The margin over the spread of the scores (Croce & Hein 2020); attacks only.
    case differenceOfLogitsRatio = "dlr"
    /// max(0, 1 - m) of the signed score m, for two classes.
    case hinge
    /// log(1 + exp(-m)) of the signed score m, for two classes.
    case logistic

    /// Whether it is a loss of one signed score.
    public var isBinary: Bool { self == .hinge || self == .logistic }

    /// Whether weights are not fitted to it.
    public var isForAttacksOnly: Bool { self == .margin || self == .differenceOfLogitsRatio }
  }

  /// How dropout and batch normalisation behave while attacking.
  public enum AttackMode: String, Codable, ConfigurationChoice {
    /// As in evaluation: no dropout, running statistics.
    case evaluation
    /// As in training.
    case training
  }

  /// The method.
  public var method: Method
  /// Gradient steps per sample: 1 for the FGSM methods, 0 for methods without an attack.
  public var steps: Int
  /// The length of a gradient step, in the threat's norm; 0 for methods without an attack.
  public var stepSize: Double
  /// Whether the attack starts at a random point of the ball.
  public var randomStart: Bool
  /// Attacks per sample, of which the worst counts; 0 for methods without an attack.
  public var restarts: Int
  /// The loss that the attack raises.
  ///
  /// The weights minimise it too, or cross-entropy in place of `margin` and `dlr`.
  public var lossFunction: LossFunction
  /// How dropout and batch normalisation behave while attacking.
  public var attackMode: AttackMode
  /// The weight of the squared norm in `soft-margin-svm`.
  public var penalty: Double

  init(reading reader: ConfigurationReader, model: ModelConfiguration, epsilon: Double) {
    let method = reader.select("method", default: Method.pgd, "What the weights are fitted to.")
    let attacks = method.isGradientAttack
    let steps = reader.integer(
      "steps", default: 10, in: 1...100_000, if: method == .pgd, otherwise: attacks ? 1 : 0,
      "Gradient steps per sample.")
    stepSize = reader.number(
      "stepSize", default: method.defaultStepSize(epsilon: epsilon, steps: steps), .nonNegative, if: attacks,
      otherwise: 0,
      "The length of a step; 2.5 epsilon / steps for pgd, epsilon for fgsm, 1.25 epsilon for fgsm-rs.")
    randomStart = reader.flag(
      "randomStart", default: true, if: method == .pgd, otherwise: method == .fgsmRandomStart,
      "Whether the attack starts at a random point of the ball.")
    restarts = reader.integer(
      "restarts", default: 1, in: 1...10_000, if: method == .pgd, otherwise: attacks ? 1 : 0,
      "Attacks per sample, of which the worst counts.")
    lossFunction = reader.choice(
      "lossFunction", default: model.isBinary ? .logistic : .crossEntropy, if: method != .softMarginSVM,
      otherwise: .hinge,
      "The loss that is minimised, and that the attack raises (margin, dlr: the attack only).")
    attackMode = reader.choice(
      "attackMode", default: .evaluation, if: attacks,
      "How dropout and batch normalisation behave while attacking.")
    penalty = reader.number(
      "penalty", default: 0.01, .nonNegative, if: method == .softMarginSVM, otherwise: 0,
      "The weight of the squared norm of the weights.")
    self.method = method
    self.steps = steps
    reader.finish()
  }

  var fields: [ResolvedField] {
    var fields = [ResolvedField("method", .choice(method))]
    if method == .pgd { fields.append(ResolvedField("steps", .number(steps))) }
    if method.isGradientAttack { fields.append(ResolvedField("stepSize", .number(stepSize))) }
    if method == .pgd {
      fields.append(ResolvedField("randomStart", .flag(randomStart)))
      fields.append(ResolvedField("restarts", .number(restarts)))
    }
    if method == .softMarginSVM {
      fields.append(ResolvedField("penalty", .number(penalty)))
    } else {
      fields.append(ResolvedField("lossFunction", .choice(lossFunction)))
    }
    if method.isGradientAttack { fields.append(ResolvedField("attackMode", .choice(attackMode))) }
    return fields
  }
}

extension TrainingConfiguration.Method {
  fileprivate func defaultStepSize(epsilon: Double, steps: Int) -> Double {
    switch self {
    case .fgsm: epsilon
    case .fgsmRandomStart: 1.25 * epsilon
    case .pgd: 2.5 * epsilon / Double(steps)
    case .standard, .exact, .softMarginSVM: 0
    }
  }
}
