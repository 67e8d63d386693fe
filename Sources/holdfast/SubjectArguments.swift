import ArgumentParser
import Experiments

/// Whose weights are looked at, and on which samples: the part of the command line that `evaluate`, `attack` and `certify`
/// share.
struct SubjectArguments: ParsableArguments {
  @Argument(
    help: "A run, a checkpoint of one, or anybody's .safetensors file with --model.",
    completion: Completions.target)
  var target: String

  @Option(
    help: "The checkpoint: best, latest or a step; best if there is one, else latest.",
    completion: Completions.checkpoints)
  var checkpoint: String?

  @Option(help: "The split: test or validation.", completion: Completions.splits)
  var split = "test"

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

  @Option(help: "The seed of random starts and noise; the run's if left out.")
  var seed: UInt64?

  @Option(help: "Threads of each rank; what the CPU affinity leaves if left out.")
  var threads: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is \(limit) and has to be at least 1.") }
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads) and has to be at least 1.") }
  }

  var options: SubjectOptions {
    var options = SubjectOptions(target: target)
    options.split = split
    options.checkpoint = checkpoint
    options.limit = limit
    options.data = data
    options.dataPath = dataPath
    options.classes = classes
    options.model = model
    options.seed = seed
    options.threads = threads
    return options
  }
}
