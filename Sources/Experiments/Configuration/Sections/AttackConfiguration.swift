import Attacks

/// An attack that measures robustness; its norm and radius are the threat's.
public struct AttackConfiguration: Codable, Equatable, Sendable {
  /// The attacks there are.
  public enum Name: String, Codable, ConfigurationChoice {
    /// No attack: clean accuracy only.
    case none
    /// One signed gradient step.
    case fgsm
    /// One signed gradient step from a random start.
    case fgsmRandomStart = "fgsm-rs"
    /// Projected gradient descent.
    case pgd
    /// Auto-PGD on the cross-entropy, or the logistic loss of a single score.
    case apgdCrossEntropy = "apgd-ce"
    /// Auto-PGD on the difference of logits ratio.
    case apgdLogitRatio = "apgd-dlr"
    /// Auto-PGD on the targeted difference of logits ratio.
    case apgdTargeted = "apgd-t"
    /// Random perturbations, as a control.
    case noise
    /// The fast adaptive boundary attack, to the nearest class.
    case fab
    /// The fast adaptive boundary attack, to one class after another.
    case fabTargeted = "fab-t"
    /// Random search with squares, without gradients.
    case square
    /// The exact worst case of a linear model.
    case exact
    /// The ensemble AutoAttack.
    case autoattack

    /// Whether it takes gradient steps of a given length.
    public var isGradientAttack: Bool { self == .fgsm || self == .fgsmRandomStart || self == .pgd }
    /// Whether it takes gradient steps and chooses their lengths itself.
    var isAutoDescent: Bool { self == .apgdCrossEntropy || self == .apgdLogitRatio || self == .apgdTargeted }
    /// Whether it draws random numbers unless told not to.
    var isRandom: Bool {
      self == .fgsmRandomStart || self == .pgd || self == .noise || isAutoDescent || isBoundaryAttack
        || self == .square
    }
    /// Whether it searches along the decision boundary.
    var isBoundaryAttack: Bool { self == .fab || self == .fabTargeted }
  }

  /// The compositions of AutoAttack.
  public enum Version: String, Codable, ConfigurationChoice {
    /// apgd-ce, apgd-t, fab-t, square.
    case standard
    /// More restarts, and untargeted members too.
    case plus
    /// For models with random outputs.
    case rand
  }

  /// The attack.
  public var name: Name
  /// Which AutoAttack; of no meaning for others.
  public var version: Version
  /// Gradient steps: 1 for the FGSM attacks, 0 for those without gradients.
  public var steps: Int
  /// Queries of the random search; 0 for the attacks without one.
  public var queries: Int
  /// The length of a gradient step, in the threat's norm; 0 for attacks without gradients.
  public var stepSize: Double
  /// Whether it starts at a random point of the ball.
  public var randomStart: Bool
  /// Independent tries per sample, any of which breaks it; at least 1.
  public var restarts: Int
  /// The loss that is raised.
  public var lossFunction: TrainingConfiguration.LossFunction
  /// Whether every other class is aimed at in turn.
  public var targeted: Bool
  /// How many classes apgd-t and fab-t aim at, each with all restarts; 0 for the others.
  public var targetClasses: Int

  /// Reads settings of the command line, with the defaults and checks of a configuration.
  ///
  /// - Parameters:
  ///   - name: what the user called the attack.
  ///   - settings: keys such as `steps` and the text of their values.
  ///   - epsilon: the threat's radius, which step sizes left out are made from.
  ///   - isBinary: whether the model gives one signed score.
  ///   - classes: the classes of the data.
  /// - Throws: `ConfigurationError` naming the attacks, or the keys, that exist.
  public init(
    named name: String, settings: [String: String] = [:], epsilon: Double, isBinary: Bool = false,
    classes: Int = 10
  ) throws(ConfigurationError) {
    let texts = [("name", name)] + settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let entries = texts.map { key, text in
      ConfigurationValue.Entry(
        key: key, origin: .commandLine, value: .init(.scalar(text, isPlain: true), origin: .commandLine))
    }
    let problems = ConfigurationProblems(source: .commandLine)
    let value = ConfigurationValue(.section(entries), origin: .commandLine)
    self.init(
      reading: ConfigurationReader(value, path: "attack", problems: problems), epsilon: epsilon,
      isBinary: isBinary)
    for problem in self.problems(at: "attack", isBinary: isBinary, classes: classes) {
      problems.report(problem.keyPath, "\(problem.keyPath) \(problem.message)")
    }
    try problems.finish()
  }

  init(reading reader: ConfigurationReader, epsilon: Double, isBinary: Bool) {
    let name = reader.select("name", default: Name.pgd, "The attack.")
    let climbs = name.isGradientAttack
    let steps = reader.integer(
      "steps", default: name.defaultSteps, in: 1...1_000_000, if: name.hasSteps, otherwise: climbs ? 1 : 0,
      "Gradient steps.")
    version = reader.choice(
      "version", default: .standard, if: name == .autoattack, "The composition of autoattack.")
    queries = reader.integer(
      "queries", default: 5000, in: 1...1_000_000, if: name.hasQueries, otherwise: 0,
      "Queries of the random search.")
    stepSize = reader.number(
      "stepSize", default: name.defaultStepSize(epsilon: epsilon, steps: steps), .nonNegative, if: climbs,
      otherwise: 0,
      "The length of a step; 2.5 epsilon / steps for pgd, epsilon for fgsm, 1.25 epsilon for fgsm-rs.")
    randomStart = reader.flag(
      "randomStart", default: true, if: name == .pgd, otherwise: name.isRandom,
      "Whether it starts at a random point of the ball.")
    restarts = reader.integer(
      "restarts", default: 1, in: 1...10_000, if: name.isRandom,
      "Independent tries per sample, any of which breaks it.")
    lossFunction = reader.choice(
      "lossFunction", default: isBinary ? .logistic : .crossEntropy, if: climbs, "The loss that is raised.")
    targeted = reader.flag(
      "targeted", default: false, if: climbs, "Whether every other class is aimed at in turn.")
    targetClasses = reader.integer(
      "targetClasses", default: 9, in: 1...255, if: name.hasTargetClasses, otherwise: 0,
      "How many of the other classes are aimed at, in the order of their scores at the clean image.")
    self.name = name
    self.steps = steps
    reader.finish()
  }

  var fields: [ResolvedField] {
    var fields = [ResolvedField("name", .choice(name))]
    if name == .autoattack { fields.append(ResolvedField("version", .choice(version))) }
    if name.hasSteps { fields.append(ResolvedField("steps", .number(steps))) }
    if name.hasQueries { fields.append(ResolvedField("queries", .number(queries))) }
    if name.isGradientAttack { fields.append(ResolvedField("stepSize", .number(stepSize))) }
    if name == .pgd { fields.append(ResolvedField("randomStart", .flag(randomStart))) }
    if name.isRandom { fields.append(ResolvedField("restarts", .number(restarts))) }
    if name.isGradientAttack {
      fields.append(ResolvedField("lossFunction", .choice(lossFunction)))
      fields.append(ResolvedField("targeted", .flag(targeted)))
    }
    if name.hasTargetClasses { fields.append(ResolvedField("targetClasses", .number(targetClasses))) }
    return fields
  }
}

extension AttackConfiguration {
  /// The ensemble; nil for other attacks.
  var autoAttack: AutoAttack? {
    guard name == .autoattack else { return nil }
    let version: AutoAttack.Version =
      switch version {
      case .standard: .standard
      case .plus: .plus
      case .rand: .rand
      }
    return AutoAttack(version, steps: steps, queries: queries)
  }
}

extension AttackConfiguration.Name {
  /// Whether the number of steps is a setting.
  var hasSteps: Bool { self == .pgd || self == .autoattack || isAutoDescent || isBoundaryAttack }
  /// Whether the number of queries is a setting.
  var hasQueries: Bool { self == .square || self == .autoattack }
  /// Whether the number of classes aimed at is a setting.
  var hasTargetClasses: Bool { self == .apgdTargeted || self == .fabTargeted }
  fileprivate var defaultSteps: Int { self == .pgd ? 20 : AutoAttack.publishedSteps }

  fileprivate func defaultStepSize(epsilon: Double, steps: Int) -> Double {
    switch self {
    case .fgsm: epsilon
    case .fgsmRandomStart: 1.25 * epsilon
    case .pgd: 2.5 * epsilon / Double(steps)
    case .none, .noise, .exact, .autoattack, .apgdCrossEntropy, .apgdLogitRatio, .apgdTargeted, .fab,
      .fabTargeted, .square:
      0
    }
  }
}
