import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast attack`.
struct Attack: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the adversarial examples of an attack.",
    discussion: """
      The file holds the tensors adversarial and clean (N x C x H x W), labels, predictions_clean,
      predictions_adversarial and indices (N). Beside it goes a picture, FILE.png, with an image, its perturbation
      and its adversarial example in each row.

        holdfast attack runs/mnist-pgd --attack pgd --steps 40 --limit 100 --output examples.safetensors
        mpirun -n 4 holdfast attack runs/mnist-pgd --attack autoattack --output examples.safetensors
      """)

  @OptionGroup var arguments: AttackArguments

  @Option(name: .shortAndLong, help: "The file of examples, .safetensors.", completion: .file())
  var output: String

  func run(on communicator: Communicator) throws -> Int32 {
    try AttackRun(AttackOptions(arguments.options, output: output), on: communicator).run()
  }
}
