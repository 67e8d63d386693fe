import ArgumentParser
import Experiments
import MessagePassing

extension Bench {
  /// `holdfast bench evaluation`.
  struct Evaluation: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure how many samples every attack gets through in a second.",
      discussion: """
        Without --data images are random, and of the classes that the model gives them. Samples that fall cost \
        less, so what withstood is printed too. Examples:

          holdfast bench evaluation --model cnn-madry --samples 64 --epsilon 0.01
          mpirun -n 2 holdfast bench evaluation --model cnn-small --weights weights.safetensors --data mnist \
        --attack square autoattack --json
        """)

    @Option(help: "The architecture.", completion: Completions.models)
    var model = "cnn-small"

    @Option(help: "A .safetensors file of weights; initial weights if left out.", completion: .file())
    var weights: String?

    @Option(
      help: "The data set whose first test samples are attacked; random images if left out.",
      completion: Completions.datasets)
    var data: String?

    @Option(help: "The folder of the data set's files.", completion: .directory)
    var dataPath: String?

    @Option(help: "The number of samples.")
    var samples = 128

    @Option(
      parsing: .upToNextOption,
      help: "The attacks; fgsm, pgd, apgd-ce, apgd-t, fab-t, square and autoattack if left out.",
      completion: Completions.attacks)
    var attack: [String] = []

    @Option(
      help: "The norm that bounds the perturbation: linf, l2 or l1.", completion: Completions.norms)
    var norm = "linf"

    @Option(help: "The radius, such as 0.3 or 8/255.")
    var epsilon = "0.3"

    @Option(help: "Threads of each rank; what the CPU affinity leaves if left out.")
    var threads: Int?

    @Option(help: "How often every attack is measured.")
    var repetitions = 1

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      for (name, value) in [("samples", samples), ("repetitions", repetitions), ("threads", threads ?? 1)]
      where value < 1 {
        throw ValidationError("--\(name) is \(value) and has to be at least 1.")
      }
      if dataPath != nil, data == nil { throw ValidationError("--data-path needs --data.") }
    }

    func run(on communicator: Communicator) throws -> Int32 {
      var options = EvaluationBenchmark.Options()
      options.model = model
      options.weights = weights
      options.data = data
      options.dataPath = dataPath
      options.samples = samples
      options.attacks = attack
      options.norm = norm
      options.epsilon = epsilon
      options.threads = threads
      options.repetitions = repetitions
      options.json = json
      return try EvaluationBenchmark(options, on: communicator).run()
    }
  }
}
