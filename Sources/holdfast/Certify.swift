import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast certify`.
struct Certify: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prove robustness, and bracket it between certificates and attacks.",
    discussion: """
      Methods: ibp, crown-ibp and crown propagate bounds (each includes the cheaper ones); exact is the closed form of \
      linear models; smoothing certifies the smoothed classifier in l2.

      Bounds hold for float32 with direct convolutions (sums of products in any order, fused or not). Those computed by \
      minimal filtering (Winograd) round more: --minimal-filtering widens the bounds to cover them too.

      Examples:

        holdfast certify runs/mnist-pgd --epsilon 0.01,0.02
        holdfast certify runs/mnist-pgd --method crown-ibp --epsilon 0.01 --attack pgd --steps 40
        holdfast certify runs/mnist-pgd --epsilon 0.1 --with runs/mnist-pgd/evaluations/final
        holdfast certify runs/logreg --method exact --norm l2 --epsilon 0.5
        mpirun -n 4 holdfast certify runs/noisy --method smoothing --sigma 0.25 --epsilon 0.25,0.5 --limit 500
      """)

  @OptionGroup var subject: SubjectArguments

  @Option(
    help: "The method: ibp, crown-ibp, crown, exact or smoothing.",
    completion: .list(["ibp", "crown-ibp", "crown", "exact", "smoothing"]))
  var method = "crown"

  @Option(
    help: "The norm that bounds the perturbation: linf, l2 or l1; the run's if left out, l2 for smoothing.",
    completion: Completions.norms)
  var norm: String?

  @Option(help: "The radii, such as 0.3 or 8/255 or 0,0.1,0.2; the run's if left out.")
  var epsilon: [String] = []

  @Flag(help: "Have bounds hold for convolutions computed by minimal filtering, too.")
  var minimalFiltering = false

  @Option(help: "An attack on what is not certified, as of evaluate.", completion: Completions.attacks)
  var attack: String?

  @Option(
    name: .customLong("with"), help: "An earlier evaluation of the same weights whose verdicts are taken.",
    completion: .directory)
  var earlier: String?

  @Option(help: "The steps of the attack.")
  var steps: String?

  @Option(help: "The length of a step of the attack.")
  var stepSize: String?

  @Option(help: "The independent runs of an attack that starts at random.")
  var restarts: String?

  @Option(help: "The loss that the attack raises.", completion: Completions.losses)
  var loss: String?

  @Flag(help: "Steer the attack to every other class in turn.")
  var targeted = false

  @Option(help: "The standard deviation of the noise of smoothing.")
  var sigma: String?

  @Option(help: "The draws of noise that estimate a class's probability; 100000 if left out.")
  var samples: Int?

  @Option(help: "The draws of noise that choose the class; 100 if left out.")
  var selectionSamples: Int?

  @Option(help: "The probability that a statement of smoothing is wrong; 0.001 if left out.")
  var alpha: String?

  @Flag(help: "Have the smoothed classifier predict only, or abstain.")
  var predict = false

  @Option(
    name: .shortAndLong, help: "Where results go; RUN/evaluations/ID if left out.", completion: .directory)
  var output: String?

  @Flag(help: "Write the bounds on all margins to bounds.jsonl beside the verdicts.")
  var bounds = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    for (name, value) in [("--samples", samples), ("--selection-samples", selectionSamples)] {
      guard let value else { continue }
      if value < 1 { throw ValidationError("\(name) is \(value) and has to be at least 1.") }
      // Draws are numbered in 32 bits.
      if value > 1 << 31 { throw ValidationError("\(name) is \(value) and has to be at most \(1 << 31).") }
    }
  }

  func run(on communicator: Communicator) throws -> Int32 {
    var options = CertifyOptions(subject.options)
    options.method = method
    options.coversMinimalFiltering = minimalFiltering
    options.norm = norm
    options.epsilons = epsilon.flatMap { $0.split(separator: ",").map(String.init) }
    options.attack = attack
    options.attackSettings = settings
    options.earlier = earlier
    options.sigma = sigma
    options.samples = samples
    options.selectionSamples = selectionSamples
    options.alpha = alpha
    options.predicts = predict
    options.keepsBounds = bounds
    options.output = output
    options.json = json
    return try CertifyRun(options, on: communicator).run()
  }

  private var settings: [String: String] {
    var settings: [String: String] = [:]
    settings["steps"] = steps
    settings["stepSize"] = stepSize
    settings["restarts"] = restarts
    settings["lossFunction"] = loss
    settings["targeted"] = targeted ? "true" : nil
    return settings
  }
}
