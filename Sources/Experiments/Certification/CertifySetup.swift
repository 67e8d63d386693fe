import Checkpoints
import DataParallel
import Datasets
import MessagePassing
import Networks
import Reports
import Tensors

/// What `certify` begins with: the model with its weights, and the samples.
struct CertifySetup {
  let place: EvaluationTarget.Place
  let configuration: ExperimentConfiguration
  let experiment: Experiment
  /// The images, of which some may be measured on.
  let images: LabeledImages
  /// Those that are.
  let positions: [Int]
  /// The weights; known to rank 0 alone.
  let checkpoint: EvaluationRecord.CheckpointIdentity
  /// What the reader should know beforehand.
  let warnings: [String]
  let seed: UInt64
  let watchdog: Watchdog?

  /// Whether rank 0 does all the work.
  var onRootOnly: Bool { configuration.evaluation.on == .rank0 }

  /// Loads everything, once `check` has nothing against the configuration; all ranks call together.
  init(
    _ options: CertifyOptions, on communicator: Communicator, console: Console,
    check: (ExperimentConfiguration) throws -> Void
  ) throws {
    try communicator.requireSame([("command line", options.identity)])
    let (place, configuration) = try communicator.agree {
      () -> (EvaluationTarget.Place, ExperimentConfiguration) in
      let resolved = try Self.resolve(options)
      try check(resolved.1)
      return resolved
    }
    self.place = place
    self.configuration = configuration
    watchdog = try Watchdog(configuration.watchdog.limits, on: communicator)
    let agreement = try RankAgreement(on: communicator)
    let experiment = try Experiment(configuration, threads: options.threads, on: communicator)
    experiment.model.watchdog = watchdog
    self.experiment = experiment
    let target = try Self.loadWeights(place, options, into: experiment, console: console)
    checkpoint = target?.identity ?? .init(path: "", sha256: "")
    let limitation: String?
    (images, positions, limitation) = try communicator.agree { try Self.samples(options, experiment) }
    warnings =
      agreement.warnings + experiment.data.dataset.warnings + (limitation.map { [$0] } ?? [])
      + (target?.warnings ?? [])
    experiment.threadPlan.announce(on: console)
    for warning in warnings { console.warn(warning) }
    seed = options.seed ?? configuration.seed
  }

  private static func resolve(
    _ options: CertifyOptions
  ) throws -> (EvaluationTarget.Place, ExperimentConfiguration) {
    let place = try EvaluationTarget.Place(options.target)
    var overrides: [String] = []
    if let data = options.data { overrides.append("data.name=\(data)") }
    if let path = options.dataPath { overrides.append("data.path=\(path)") }
    if let classes = options.classes { overrides.append("data.classes=[\(classes)]") }
    if let run = place.runDirectory {
      if options.model != nil {
        throw ExperimentError.usage("--model is for files of weights; \(options.target) says what it is")
      }
      return (place, try ExperimentConfiguration(file: run.configuration, overrides: overrides))
    }
    guard let model = options.model else {
      throw ExperimentError.usage(
        "\(options.target) does not say which architecture it is for: name it with --model "
          + "(\(Architecture.names.joined(separator: ", ")))")
    }
    overrides.append("model.name=\(model)")
    if model == "linear-binary" { overrides.append("training.method=standard") }
    return (
      place, try ExperimentConfiguration(yaml: Array("{}".utf8), source: "weights", overrides: overrides)
    )
  }

  /// Rank 0 reads, all ranks get.
  private static func loadWeights(
    _ place: EvaluationTarget.Place, _ options: CertifyOptions, into experiment: Experiment, console: Console
  ) throws -> EvaluationTarget? {
    let communicator = experiment.model.communicator
    let target = try communicator.agree { () -> EvaluationTarget? in
      guard communicator.isRoot else { return nil }
      let target = try EvaluationTarget(place, checkpoint: CheckpointSelector(options.checkpoint))
      do throws(ParameterMismatch) {
        let (tensors, note) = try ForeignWeights.named(
          like: experiment.model.network.parameterLayout, target.tensors)
        try experiment.model.parameters.load(tensors)
        if let note { console.note(note) }
      } catch {
        throw ExperimentError.badData(
          "\(target.identity.path) does not fit \(experiment.architecture.name): \(error)")
      }
      return target
    }
    try experiment.model.shareParameters()
    return target
  }

  /// The images, those of them that are measured on, and a warning where that is not the whole split.
  private static func samples(
    _ options: CertifyOptions, _ experiment: Experiment
  ) throws -> (LabeledImages, [Int], String?) {
    let images: LabeledImages
    let positions: [Int]
    switch options.split {
    case "test":
      images = experiment.data.dataset.test
      positions = Array(0..<images.count)
    case "validation":
      images = experiment.data.dataset.train
      positions = experiment.data.split.validation
    default:
      throw ExperimentError.usage("--split is \(options.split) and has to be test or validation")
    }
    guard let limit = options.limit, limit < positions.count else { return (images, positions, nil) }
    return (
      images, Array(positions.prefix(limit)),
      "only the first \(limit) of \(positions.count) samples of the \(options.split) split were used"
    )
  }
}
