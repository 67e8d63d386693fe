import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast evaluate`.
struct Evaluate: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure clean and robust accuracy.",
    discussion: """
      Examples:

        holdfast evaluate runs/mnist-pgd
        holdfast evaluate runs/lab-lenet --attack fgsm --epsilon 0,0.05,0.1,0.15,0.2,0.25,0.3
        mpirun -n 4 holdfast evaluate runs/mnist-pgd --attack pgd --steps 50 --step-size 0.01 --restarts 10
        holdfast evaluate weights.safetensors --model cnn-small --data mnist --attack pgd --epsilon 0.3
      """)

  @Argument(help: "A run, a checkpoint of one, or anybody's .safetensors file with --model.")
  var target: String

  @Option(
    help:
      "The attacks: none, fgsm, fgsm-rs, pgd, apgd-ce, apgd-dlr, apgd-t, noise, exact; the run's own if left out."
  )
  var attack: [String] = []

  @Option(help: "The norm that bounds the perturbation: linf, l2 or l1; the run's if left out.")
  var norm: String?

  @Option(help: "The radii, such as 0.3 or 8/255 or 0,0.1,0.2; the run's if left out.")
  var epsilon: [String] = []

  @Option(help: "The split: test or validation.")
  var split = "test"

  @Option(help: "The checkpoint: best, latest or a step; best if there is one, else latest.")
  var checkpoint: String?

  @Option(help: "The steps of pgd or apgd.")
  var steps: String?

  @Option(help: "The length of a step; 2.5 epsilon / steps for pgd, epsilon for fgsm, if left out.")
  var stepSize: String?

  @Option(help: "The independent runs of an attack that starts at random.")
  var restarts: String?

  @Option(help: "The loss that the attack raises: cross-entropy, margin, dlr, hinge or logistic.")
  var loss: String?

  @Flag(help: "Steer to every other class in turn.")
  var targeted = false

  @Option(help: "The classes that apgd-t aims at, in the order of their scores; 9 if left out.")
  var targetClasses: String?

  @Flag(inversion: .prefixedNo, help: "Whether pgd starts at a random point of the ball.")
  var randomStart: Bool?

  @Option(help: "Only the first so many samples.")
  var limit: Int?

  @Option(help: "The data set; the run's if left out.")
  var data: String?

  @Option(help: "The folder of the data set's files.", completion: .directory)
  var dataPath: String?

  @Option(help: "The two classes of a binary problem, such as 3,8.")
  var classes: String?

  @Option(help: "The architecture of a file of weights.")
  var model: String?

  @Option(
    name: .shortAndLong, help: "Where results go; RUN/evaluations/ID if left out.", completion: .directory)
  var output: String?

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

  func run(on communicator: Communicator) throws -> Int32 {
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
    options.output = output
    options.json = json
    options.seed = seed
    options.threads = threads
    return try EvaluateRun(options, on: communicator).run()
  }

  private var settings: [String: String] {
    var settings: [String: String] = [:]
    settings["steps"] = steps
    settings["stepSize"] = stepSize
    settings["restarts"] = restarts
    settings["lossFunction"] = loss
    settings["targetClasses"] = targetClasses
    settings["targeted"] = targeted ? "true" : nil
    settings["randomStart"] = randomStart.map { "\($0)" }
    return settings
  }

  /// Lists may be given with commas, or by naming the option again.
  private static func items(_ texts: [String]) -> [String] {
    texts.flatMap { $0.split(separator: ",").map(String.init) }
  }
}
