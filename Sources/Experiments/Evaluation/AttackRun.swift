import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
public import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// `holdfast attack`: adversarial examples of one attack, as a safetensors file and a picture.
public struct AttackRun {
  private let options: AttackOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: AttackOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Attacks, writes the examples, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    try communicator.requireSame([("output", options.output)])
    try communicator.agree { if communicator.isRoot { try requireNew() } }
    let setup = try EvaluationSetup(options.evaluation, on: communicator, console: console)
    let attacks = setup.activeAttacks
    guard let attack = attacks.first, attacks.count == 1 else {
      try communicator.agree { try refuse(attacks) }
      return ExitStatus.usage
    }
    let clean = try setup.evaluator.measureClean()
    let progress = EvaluationProgress(attack, number: 0, of: 1, console: console, folder: nil)
    let result = try setup.evaluator.measure(attack, clean: clean, observer: progress, keeping: .max)
    let gradients = try setup.evaluator.surveyGradients(of: clean)
    let warnings = RobustnessWarnings([result], gradients: gradients, imageSize: setup.images.imageSize).all
    for warning in warnings { console.warn(warning) }
    let examples = AdversarialExamples(result, images: setup.images, positions: setup.positions)
    try communicator.agree {
      if communicator.isRoot { try write(examples, setup.checkpoint.sha256) }
    }
    try report(result, setup, examples, warnings: setup.warnings + warnings)
    setup.watchdog?.enter(.ending)
    return ExitStatus.success
  }

  private var picture: String {
    let stem = (options.output as NSString).deletingPathExtension
    return "\(stem).png"
  }

  private func requireNew() throws {
    guard options.output.hasSuffix(".safetensors") else {
      throw ExperimentError.usage(
        "--output is \(options.output) and has to be a file that ends in .safetensors")
    }
    for path in [options.output, picture] where FileSystem.exists(path) {
      throw ExperimentError.usage("\(path) is there already: choose another --output")
    }
  }

  private func refuse(_ attacks: [any Attack]) throws {
    throw ExperimentError.usage(
      attacks.isEmpty
        ? "none is no attack: name one with --attack"
        : "examples are of one attack, and there are \(attacks.count) (\(attacks.map(\.label).joined(separator: ", "))): "
          + "name one with --attack and one radius with --epsilon")
  }

  private func write(_ examples: AdversarialExamples, _ checkpoint: String) throws {
    try FileSystem.makeFolder(FileSystem.folder(of: options.output))
    try examples.file(checkpoint: checkpoint).write(to: options.output)
    if let grid = examples.grid() { try AtomicFile.write(grid.encoded(), to: picture) }
  }

  private func report(
    _ result: AttackResult, _ setup: EvaluationSetup, _ examples: AdversarialExamples, warnings: [String]
  ) throws {
    guard communicator.isRoot else { return }
    let count = AccuracyCount(correct: result.correct, total: result.total)
    let picture = examples.hasPicture ? self.picture : nil
    if options.evaluation.json {
      let record = EvaluationRecord(
        checkpoint: setup.checkpoint, data: setup.images.name, limit: setup.limit,
        clean: AccuracyCount(correct: result.clean.correct, total: result.clean.total),
        attacks: [.init(result, count)], warnings: warnings)
      try console.print(json: ExamplesReport(output: options.output, picture: picture, evaluation: record))
      return
    }
    let first = setup.limit == nil ? "" : "first "
    console.print(
      "\(result.attack.label): \(result.broken.count { $0 }) of the \(first)\(result.total) samples broken, "
        + "\(result.total - result.clean.correct) wrong before, \(result.correct) withstood")
    console.print("examples: \(([options.output] + [picture].compactMap { $0 }).joined(separator: ", "))")
  }
}

/// What `holdfast attack --json` prints.
private struct ExamplesReport: Encodable {
  let output: String
  let picture: String?
  let evaluation: EvaluationRecord
}
