import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast bench`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure speed.",
    discussion: """
      Examples:

        holdfast bench step --model cnn-small --steps 10 --json
        mpirun -n 2 holdfast bench allreduce
        holdfast bench scaling --ranks 1,2,4
      """,
    subcommands: [
      Step.self, Evaluation.self, Kernels.self, Allreduce.self, Scaling.self, Leaderboard.self,
    ])

  /// `holdfast bench step`.
  struct Step: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure the training step on random images in [0, 1].",
      discussion: """
        Example:

          holdfast bench step --model cnn-madry --attack pgd --steps 40 --batch 128 --threads 1 --json
        """)

    private static let attacks = ["standard", "fgsm", "fgsm-rs", "pgd"]

    @Option(help: "The architecture.", completion: Completions.models)
    var model = "cnn-madry"

    @Option(
      help: "The training method: standard, fgsm, fgsm-rs or pgd.",
      completion: .list(attacks))
    var attack = "pgd"

    @Option(help: "The steps of pgd.")
    var steps = 40

    @Option(help: "The samples of a global batch.")
    var batch = 128

    @Option(help: "The samples of a micro-batch; the model's default if left out.")
    var microbatch: Int?

    @Option(help: "Threads of each rank; what the CPU affinity leaves if left out.")
    var threads: Int?

    @Option(help: "The steps that are measured, behind one that warms up.")
    var repetitions = 5

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      for (name, value) in [
        ("batch", batch), ("microbatch", microbatch ?? 1), ("repetitions", repetitions), ("steps", steps),
        ("threads", threads ?? 1),
      ] where value < 1 {
        throw ValidationError("--\(name) is \(value) and has to be at least 1.")
      }
      // What other methods compute besides the attack is not what a step reports.
      guard Self.attacks.contains(attack) else {
        throw ValidationError(
          "--attack is \(attack) and has to be one of \(Self.attacks.joined(separator: ", ")).")
      }
    }

    func run(on communicator: Communicator) throws -> Int32 {
      var options = StepBenchmark.Options()
      options.model = model
      options.attack = attack
      options.steps = steps
      options.batch = batch
      options.microbatch = microbatch
      options.threads = threads
      options.repetitions = repetitions
      options.json = json
      return try StepBenchmark(options, on: communicator).run()
    }
  }
}
