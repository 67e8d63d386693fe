import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// What `evaluate`, `attack` and `certify` begin with: the model with its weights, the samples, and what to attack them with.
struct EvaluationSetup {
  let place: EvaluationTarget.Place
  let configuration: ExperimentConfiguration
  let experiment: Experiment
  let attacks: [PlannedAttack]
  let evaluator: RobustEvaluator
  /// The images, of which some may be measured on.
  let images: LabeledImages
  /// Those that are.
  let positions: [Int]
  /// The weights; known to rank 0 alone.
  let checkpoint: EvaluationRecord.CheckpointIdentity
  /// Which samples of the split are used, where not all are.
  let limit: EvaluationRecord.Limit?
  /// What the reader should know beforehand.
  let warnings: [String]
  let seed: UInt64
  let watchdog: Watchdog?

  /// Whether rank 0 does all the work.
  var onRootOnly: Bool { configuration.evaluation.on == .rank0 }

  /// Loads and checks everything; all ranks call together.
  init(_ options: EvaluateOptions, on communicator: Communicator, console: Console) throws {
    try self.init(options.subject, identity: options.identity, on: communicator, console: console) {
      try PlannedAttack.all(of: options, $0)
    }
  }

  /// Loads everything once `plan` has nothing against the configuration; all ranks call together.
  ///
  /// - Parameters:
  ///   - subject: The model and the samples.
  ///   - identity: What has to be the same on all ranks of the command line.
  ///   - plan: The attacks that follow from it.
  init(
    _ subject: SubjectOptions, identity: String, on communicator: Communicator, console: Console,
    plan: (ExperimentConfiguration) throws -> [PlannedAttack]
  ) throws {
    try communicator.requireSame([("command line", identity)])
    (place, configuration) = try communicator.agree { try Self.resolve(subject) }
    watchdog = try Watchdog(configuration.watchdog.limits, on: communicator)
    let agreement = try RankAgreement(on: communicator)
    let configuration = self.configuration
    attacks = try communicator.agree { try plan(configuration) }
    let experiment = try Experiment(configuration, threads: subject.threads, on: communicator)
    experiment.model.watchdog = watchdog
    self.experiment = experiment
    let target = try Self.loadWeights(place, subject, into: experiment, console: console)
    checkpoint = target?.identity ?? .init(path: "", sha256: "")
    (images, positions, limit) = try communicator.agree { try Self.samples(subject, experiment) }
    let limitation = limit.map {
      "only the first \($0.first) of \($0.of) samples of the \(subject.split) split were used"
    }
    warnings =
      agreement.warnings + experiment.data.dataset.warnings + [limitation].compactMap { $0 }
      + (target?.warnings ?? [])
    experiment.threadPlan.announce(on: console)
    for warning in warnings { console.warn(warning) }
    seed = subject.seed ?? configuration.seed
    evaluator = try RobustEvaluator(
      experiment.model, images: images, positions: positions, seed: seed,
      onRootOnly: configuration.evaluation.on == .rank0)
  }

  /// What the evaluation is.
  func identity(_ subject: SubjectOptions) -> EvaluationIdentity {
    EvaluationIdentity(
      checkpoint: checkpoint.sha256, experiment, split: subject.split, samples: positions.count, seed: seed,
      attacks: attacks)
  }

  /// The attacks that do something.
  var activeAttacks: [any Attack] {
    attacks.compactMap { $0.makeAttack(outputs: experiment.architecture.outputs) }
  }

  /// Finds out what the command line means, and the configuration that belongs to it.
  static func resolve(
    _ subject: SubjectOptions
  ) throws -> (EvaluationTarget.Place, ExperimentConfiguration) {
    let place = try EvaluationTarget.Place(subject.target)
    if let checkpoint = subject.checkpoint {
      guard case .run = place else {
        throw ExperimentError.usage(
          "--checkpoint \(checkpoint) chooses one of a run, and \(subject.target) is no run: leave it out")
      }
    }
    var overrides: [String] = []
    if let data = subject.data { overrides.append("data.name=\(data)") }
    if let path = subject.dataPath { overrides.append("data.path=\(path)") }
    if let classes = subject.classes { overrides.append("data.classes=[\(classes)]") }
    if let run = place.runDirectory {
      if subject.model != nil {
        throw ExperimentError.usage("--model is for files of weights; \(subject.target) says what it is")
      }
      return (place, try ExperimentConfiguration(file: run.configuration, overrides: overrides))
    }
    if case .file(let path) = place {
      let own = try BareWeights(path).settings(model: subject.model, data: subject.data)
      // The last of equal keys wins.
      overrides = own + overrides
    }
    return (
      place, try ExperimentConfiguration(yaml: Array("{}".utf8), source: "weights", overrides: overrides)
    )
  }

  /// Rank 0 reads, all ranks get.
  private static func loadWeights(
    _ place: EvaluationTarget.Place, _ subject: SubjectOptions, into experiment: Experiment,
    console: Console
  ) throws -> EvaluationTarget? {
    let target = try experiment.model.communicator.agree { () -> EvaluationTarget? in
      guard experiment.model.communicator.isRoot else { return nil }
      let target = try EvaluationTarget(place, checkpoint: CheckpointSelector(subject.checkpoint))
      if let note = try target.load(into: experiment.model) { console.note(note) }
      return target
    }
    try experiment.model.shareParameters()
    return target
  }

  /// The images, those of them that are measured on, and the limit where that is not the whole split.
  private static func samples(
    _ subject: SubjectOptions, _ experiment: Experiment
  ) throws -> (LabeledImages, [Int], EvaluationRecord.Limit?) {
    let images: LabeledImages
    let positions: [Int]
    switch subject.split {
    case "test":
      images = experiment.data.dataset.test
      positions = Array(0..<images.count)
    case "validation":
      images = experiment.data.dataset.train
      positions = experiment.data.split.validation
    default:
      throw ExperimentError.usage("--split is \(subject.split) and has to be test or validation")
    }
    guard let limit = subject.limit, limit < positions.count else { return (images, positions, nil) }
    return (images, Array(positions.prefix(limit)), .init(first: limit, of: positions.count))
  }
}
