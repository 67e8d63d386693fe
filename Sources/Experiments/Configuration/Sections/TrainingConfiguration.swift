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
    /// Several steps on each batch, each of which moves the perturbation on as well (Shafahi et al. 2019).
    case free
    /// Cross-entropy on clean samples plus a divergence from them (Zhang et al. 2019).
    case trades
    /// Boosted cross-entropy plus a weighted divergence (Wang et al. 2020).
    case mart
    /// Clean samples with Gaussian noise (Cohen et al. 2019), for randomized smoothing.
    case noise
    /// The exact worst case of a linear model, in closed form.
    case exact
    /// Worst-case outputs by interval bounds (Gowal et al. 2018).
    case ibp
    /// Worst-case outputs by linear bounds and interval bounds in a mixture (Zhang et al. 2020).
    case crownIBP = "crown-ibp"
    /// Clean samples with the squared norm of the weights as penalty, for comparison.
    case softMarginSVM = "soft-margin-svm"

    /// Whether gradient steps make the training samples, and nothing else is trained on.
    public var isGradientAttack: Bool { self == .fgsm || self == .fgsmRandomStart || self == .pgd }
    /// Whether the loss is one of clean and adversarial samples in pairs.
    public var isPaired: Bool { self == .trades || self == .mart }
    /// Whether gradient steps make training samples, or some of them.
    public var isAdversarial: Bool { isGradientAttack || isPaired || self == .free }
    /// Whether weights are fitted to bounds that hold for a whole ball.
    public var usesBounds: Bool { self == .ibp || self == .crownIBP }
    /// Whether the loss follows from the method.
    var fixesLoss: Bool { self == .softMarginSVM || isPaired || usesBounds }
    /// Whether the number of gradient steps can be chosen.
    var hasSteps: Bool { self == .pgd || isPaired }
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
  /// The optimizer steps that `free` takes on a batch; 1 for others.
  public var replays: Int
  /// The weight of the divergence in `trades` and `mart`.
  public var beta: Double
  /// The standard deviation of the noise of `noise`.
  public var sigma: Double
  /// The share of each batch that stays clean.
  public var cleanFraction: Double
  /// The epochs over which epsilon rises linearly from 0, step sizes with it.
  public var epsilonWarmup: Double
  /// The share of the target that is spread over all classes, where cross-entropy is minimised.
  public var labelSmoothing: Double
  /// The course of training by bounds.
  public var bounds: BoundScheduleConfiguration

  init(
    reading reader: ConfigurationReader, model: ModelConfiguration, epsilon: Double, epochs: Int
  ) {
    let method = reader.select("method", default: Method.pgd, "What the weights are fitted to.")
    let attacks = method.isAdversarial
    let steps = reader.integer(
      "steps", default: 10, in: 1...100_000, if: method.hasSteps, otherwise: attacks ? 1 : 0,
      "Gradient steps per sample.")
    stepSize = reader.number(
      "stepSize", default: method.defaultStepSize(epsilon: epsilon, steps: steps), .nonNegative, if: attacks,
      otherwise: 0,
      "The length of a step; 2.5 epsilon / steps for pgd, trades and mart, epsilon for fgsm and free, 1.25 epsilon "
        + "for fgsm-rs.")
    randomStart = reader.flag(
      "randomStart", default: true, if: method == .pgd,
      otherwise: method == .fgsmRandomStart || method.isPaired,
      "Whether the attack starts at a random point of the ball.")
    restarts = reader.integer(
      "restarts", default: 1, in: 1...10_000, if: method == .pgd, otherwise: attacks ? 1 : 0,
      "Attacks per sample, of which the worst counts.")
    lossFunction = reader.choice(
      "lossFunction", default: model.isBinary ? .logistic : .crossEntropy,
      if: !method.fixesLoss, otherwise: method == .softMarginSVM ? .hinge : .crossEntropy,
      "The loss that is minimised, and that the attack raises (margin, dlr: the attack only).")
    attackMode = reader.choice(
      "attackMode", default: .evaluation, if: method.isGradientAttack || method.isPaired,
      "How dropout and batch normalisation behave while attacking.")
    penalty = reader.number(
      "penalty", default: 0.01, .nonNegative, if: method == .softMarginSVM, otherwise: 0,
      "The weight of the squared norm of the weights.")
    replays = reader.integer(
      "replays", default: 8, in: 1...1000, if: method == .free, otherwise: 1,
      "The optimizer steps on a batch before the next batch.")
    beta = reader.number(
      "beta", default: method == .mart ? 5 : 6, .nonNegative, if: method.isPaired, otherwise: 0,
      "The weight of the divergence; 6 for trades, 5 for mart.")
    sigma = reader.number(
      "sigma", default: 0.25, .nonNegative, if: method == .noise, otherwise: 0,
      "The standard deviation of the noise.")
    cleanFraction = reader.number(
      "cleanFraction", default: 0, .belowOne, if: method.isGradientAttack,
      "The share of each batch that stays clean.")
    epsilonWarmup = reader.number(
      "epsilonWarmup", default: 0, .nonNegative, if: attacks || method == .exact,
      "Epochs over which epsilon rises from 0, step sizes with it.")
    labelSmoothing = reader.number(
      "labelSmoothing", default: 0, .belowOne, if: method != .softMarginSVM && !method.usesBounds,
      "The share of the target that is spread over all classes, with cross-entropy.")
    bounds = BoundScheduleConfiguration(reading: reader, method: method, epsilon: epsilon, epochs: epochs)
    self.method = method
    self.steps = steps
    reader.finish()
  }

  var fields: [ResolvedField] {
    var fields = [ResolvedField("method", .choice(method))]
    func add(_ key: String, _ value: ResolvedValue, if isUsed: Bool) {
      if isUsed { fields.append(ResolvedField(key, value)) }
    }
    add("replays", .number(replays), if: method == .free)
    add("beta", .number(beta), if: method.isPaired)
    add("sigma", .number(sigma), if: method == .noise)
    add("steps", .number(steps), if: method.hasSteps)
    add("stepSize", .number(stepSize), if: method.isAdversarial)
    add("randomStart", .flag(randomStart), if: method == .pgd)
    add("restarts", .number(restarts), if: method == .pgd)
    add("penalty", .number(penalty), if: method == .softMarginSVM)
    add("lossFunction", .choice(lossFunction), if: !method.fixesLoss)
    add("attackMode", .choice(attackMode), if: method.isGradientAttack || method.isPaired)
    // What is switched off is left out: a run from before it existed is the same run.
    add("cleanFraction", .number(cleanFraction), if: cleanFraction > 0)
    add("epsilonWarmup", .number(epsilonWarmup), if: epsilonWarmup > 0)
    add("labelSmoothing", .number(labelSmoothing), if: labelSmoothing > 0)
    return fields + bounds.fields(method)
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(epochs: Int, isBinary: Bool) -> [(keyPath: String, message: String)] {
    var problems: [(keyPath: String, message: String)] = []
    if method.isPaired || method.usesBounds, isBinary {
      problems.append(
        ("training.method", "\(method.rawValue) needs a score for each class, and linear-binary has one"))
    }
    if labelSmoothing > 0, lossFunction.isBinary {
      problems.append(("training.labelSmoothing", "is for cross-entropy, not for \(lossFunction.rawValue)"))
    }
    if epsilonWarmup > Double(epochs) {
      let text = ConfigurationNumber.text(epsilonWarmup)
      problems.append(
        ("training.epsilonWarmup", "of \(text) epochs does not end within the run of \(epochs)"))
    }
    return problems + bounds.problems(method, epochs: epochs)
  }
}

extension TrainingConfiguration.Method {
  fileprivate func defaultStepSize(epsilon: Double, steps: Int) -> Double {
    switch self {
    case .fgsm, .free: epsilon
    case .fgsmRandomStart: 1.25 * epsilon
    case .pgd, .trades, .mart: 2.5 * epsilon / Double(steps)
    case .standard, .noise, .exact, .ibp, .crownIBP, .softMarginSVM: 0
    }
  }
}
