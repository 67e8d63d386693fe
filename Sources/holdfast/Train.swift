import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast train`.
struct Train: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a classifier as a configuration file says.",
    discussion: """
      Settings after the file win over it, with dotted keys. Examples:

        holdfast train configs/quickstart.yaml --dry-run
        holdfast train configs/mnist-pgd.yaml training.steps=40 threat.epsilon=8/255
        mpirun -n 4 --bind-to none holdfast train configs/mnist-pgd.yaml --threads 2
        mpirun -n 2 --bind-to none holdfast train configs/mnist-pgd.yaml --resume
      """)

  @Argument(help: "The configuration file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Argument(help: "Settings key=value that win over the file.", completion: Completions.settings)
  var overrides: [String] = []

  @Option(name: .shortAndLong, help: "The run directory; runs/NAME if left out.", completion: .directory)
  var output: String?

  @Flag(help: "Go on with the run in the directory, from its newest intact checkpoint.")
  var resume = false

  @Flag(help: "Replace the run in the directory.")
  var overwrite = false

  @Flag(
    help: "Measure a few seconds of the run, print the resolved configuration and what all of it will cost.")
  var dryRun = false

  @Flag(help: "With --dry-run, print one JSON object on standard output.")
  var json = false

  @Option(help: "Threads of each rank; what the CPU affinity leaves if left out.")
  var threads: Int?

  func validate() throws {
    if json && !dryRun { throw ValidationError("--json needs --dry-run.") }
    if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other.") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads) and has to be at least 1.") }
  }

  func run(on communicator: Communicator) throws -> Int32 {
    let options = TrainOptions(
      configuration: config, overrides: overrides, output: output, resume: resume, overwrite: overwrite,
      dryRun: dryRun, json: json, threads: threads)
    return try TrainRun(options, on: communicator).run()
  }
}
