import ArgumentParser
import Experiments

/// What is attacked, with what, and on which samples: the part of the command line that commands share.
struct AttackArguments: ParsableArguments {
  @Argument(
    help: "A run, a checkpoint of one, or anybody's .safetensors file with --model.",
    completion: Completions.target)
  var target: String

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

  @Option(help: "The split: test or validation.", completion: Completions.splits)
  var split = "test"

  @Option(
    help: "The checkpoint: best, latest or a step; best if there is one, else latest.",
    completion: Completions.checkpoints)
  var checkpoint: String?

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

  @Option(help: "Only the first so many samples.")
  var limit: Int?

  @Option(help: "The data set; the run's if left out.", completion: Completions.datasets)
  var data: String?

  @Option(help: "The folder of the data set's files.", completion: .directory)
  var dataPath: String?

  @Option(help: "The two classes of a binary problem, such as 3,8.")
  var classes: String?

  @Option(help: "The architecture of a file of weights.", completion: Completions.models)
  var model: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Option(help: "The seed of random starts; the run's if left out.")
  var seed: UInt64?

  @Option(help: "Threads of each rank; what the CPU affinity leaves if left out.")
  var threads: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit) and has to be at least 1.") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads) and has to be at least 1.") }
  }

  /// The options without those that say where results go.
  var options: EvaluateOptions {
    var options = EvaluateOptions(target: target)
    options.attacks = Self.items(attack)
    options.epsilons = Self.items(epsilon)
    options.attackSettings = settings
    options.norm = norm
    options.split = split
    options.checkpoint = checkpoint
    options.limit = limit
    options.data = data
    options.dataPath = dataPath
    options.classes = classes
    options.model = model
    options.json = json
    options.seed = seed
    options.threads = threads
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
