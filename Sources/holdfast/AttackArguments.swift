import ArgumentParser
import Experiments

/// What is attacked, and with what: the part of the command line that `evaluate` and `attack` share.
struct AttackArguments: ParsableArguments {
  @OptionGroup var subject: SubjectArguments

  @Option(
    help:
      "The attacks: none, fgsm, fgsm-rs, pgd, apgd-ce, apgd-dlr, apgd-t, fab, fab-t, square, autoattack, noise, exact; the run's if left out.",
    completion: Completions.attacks
  )
  var attack: [String] = []

  @Option(
    help: "The norm that bounds the perturbation: linf, l2 or l1; the run's if left out.",
    completion: Completions.norms)
  var norm: String?

  @Option(help: "The radii, such as 0.3 or 8/255 or 0,0.1,0.2; the run's if left out.")
  var epsilon: [String] = []

  @Option(help: "The steps of an attack that takes several; of autoattack those of its members.")
  var steps: String?

  @Option(help: "The queries of square, also as a member of autoattack.")
  var queries: String?

  @Option(
    help: "The composition of autoattack: standard, plus or rand.", completion: Completions.versions)
  var version: String?

  @Option(help: "The length of a step; 2.5 epsilon / steps for pgd, epsilon for fgsm, if left out.")
  var stepSize: String?

  @Option(help: "The independent runs of an attack that starts at random.")
  var restarts: String?

  @Option(
    help: "The loss that the attack raises: cross-entropy, margin, dlr, hinge or logistic.",
    completion: Completions.losses)
  var loss: String?

  @Option(help: "How many of the other classes apgd-t and fab-t aim at, the likeliest first.")
  var targetClasses: String?

  @Flag(help: "Steer to every other class in turn.")
  var targeted = false

  @Flag(inversion: .prefixedNo, help: "Whether pgd starts at a random point of the ball.")
  var randomStart: Bool?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  /// The options without those that say where results go.
  var options: EvaluateOptions {
    var options = EvaluateOptions(subject.options)
    options.attacks = Self.items(attack)
    options.epsilons = Self.items(epsilon)
    options.attackSettings = settings
    options.norm = norm
    options.json = json
    return options
  }

  private var settings: [String: String] {
    var settings: [String: String] = [:]
    settings["steps"] = steps
    settings["queries"] = queries
    settings["version"] = version
    settings["targetClasses"] = targetClasses
    settings["stepSize"] = stepSize
    settings["restarts"] = restarts
    settings["lossFunction"] = loss
    settings["targeted"] = targeted ? "true" : nil
    settings["randomStart"] = randomStart.map { "\($0)" }
    return settings
  }

  /// Lists may be given with commas, or by naming the option again.
  private static func items(_ texts: [String]) -> [String] {
    texts.flatMap { $0.split(separator: ",").map(String.init) }
  }
}
