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
        mpirun -n 4 holdfast evaluate runs/mnist-pgd --attack autoattack --limit 1000
        holdfast evaluate runs/mnist-pgd --attack autoattack --diagnostics --transfer-from runs/mnist-standard
        holdfast evaluate weights.safetensors --model cnn-small --data mnist --attack pgd --epsilon 0.3
      """)

  @OptionGroup var arguments: AttackArguments

  @Option(
    name: .shortAndLong, help: "Where results go; RUN/evaluations/ID if left out.", completion: .directory)
  var output: String?

  @Flag(help: "Go on with an evaluation that was interrupted, on any number of ranks.")
  var resume = false

  @Flag(help: "Look for signs of false security too, with extra runs on the first 256 samples.")
  var diagnostics = false

  @Option(
    help: "With --diagnostics: a run, checkpoint or file of weights whose adversarial examples are tried.",
    completion: .file())
  var transferFrom: String?

  func validate() throws {
    if transferFrom != nil, !diagnostics { throw ValidationError("--transfer-from needs --diagnostics.") }
  }

  func run(on communicator: Communicator) throws -> Int32 {
    var options = arguments.options
    options.output = output
    options.resume = resume
    options.diagnostics = diagnostics
    options.transferFrom = transferFrom
    return try EvaluateRun(options, on: communicator).run()
  }
}
