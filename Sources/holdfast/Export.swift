import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast export`.
struct Export: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network for other programs, as ONNX or safetensors.",
    discussion: """
      ONNX: standard operators of opset 13, a batch of any size, images in [0, 1] in, logits out; weights bear the \
      names of the parameters. safetensors: the names and layouts of PyTorch, for load_state_dict. Both carry the \
      architecture and the SHA-256 of the checkpoint as metadata.

      Examples:

        holdfast export runs/mnist-pgd --output mnist-pgd.onnx
        holdfast export runs/mnist-pgd --checkpoint latest --format safetensors --output weights.safetensors
        holdfast export theirs.safetensors --model cnn-small --data mnist --output ours.safetensors
        holdfast export runs/mnist-pgd --output net.onnx --samples 16
      """)

  @Argument(
    help: "A run, a checkpoint of one, or anybody's .safetensors file with --model.",
    completion: Completions.target)
  var target: String

  @Option(
    help: "The format: onnx or safetensors; that of the file's name if left out.",
    completion: .list(ExportOptions.Format.allCases.map(\.rawValue)))
  var format: String?

  @Option(
    name: .shortAndLong, help: "The file to write, .onnx or .safetensors.",
    completion: .file(extensions: ["onnx", "safetensors"]))
  var output: String

  @Option(
    help: "The checkpoint: best, latest or a step; best if there is one, else latest.",
    completion: Completions.checkpoints)
  var checkpoint: String?

  @Option(help: "The architecture of a file of weights.", completion: Completions.models)
  var model: String?

  @Option(
    help: "The data set that a file of weights is for: its images' shape and classes.",
    completion: Completions.datasets)
  var data: String?

  @Option(help: "The two classes of a binary problem, such as 3,8.")
  var classes: String?

  @Option(
    help: "Write so many random images, and this program's outputs for them, to FILE.samples.safetensors.")
  var samples = 0

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if let format, ExportOptions.Format(rawValue: format) == nil {
      throw ValidationError("--format is \(format) and has to be onnx or safetensors.")
    }
    if samples < 0 || samples > 10_000 {
      throw ValidationError("--samples is \(samples) and has to be 0 to 10000.")
    }
  }

  func run(on communicator: Communicator) throws -> Int32 {
    var options = ExportOptions(target: target, output: output)
    options.format = format.flatMap(ExportOptions.Format.init)
    options.checkpoint = checkpoint
    options.model = model
    options.data = data
    options.classes = classes
    options.samples = samples
    options.json = json
    return try ExportRun(options, on: communicator).run()
  }
}
