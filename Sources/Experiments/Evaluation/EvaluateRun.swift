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

/// `holdfast evaluate`: clean and robust accuracy of a run, a checkpoint, or anybody's weights.
public struct EvaluateRun {
  private let options: EvaluateOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: EvaluateOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Evaluates, writes the results, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    try communicator.requireSame([("command line", options.identity)])
    let (place, configuration) = try communicator.agree { try resolve() }
    let watchdog = try Watchdog(configuration.watchdog.limits, on: communicator)
    let agreement = try RankAgreement(on: communicator)
    let attacks = try communicator.agree { try makeAttacks(configuration) }
    let experiment = try Experiment(configuration, threads: options.threads, on: communicator)
    experiment.model.watchdog = watchdog
    let target = try loadWeights(place, into: experiment)
    let (images, positions, limitation) = try communicator.agree { try samples(experiment) }
    let warnings =
      agreement.warnings + experiment.data.dataset.warnings + (limitation.map { [$0] } ?? [])
      + (target?.warnings ?? [])
    experiment.threadPlan.announce(on: console)
    for warning in warnings { console.warn(warning) }
    let session = EvaluationSession(
      evaluator: try RobustEvaluator(
        experiment.model, images: images, positions: positions, seed: options.seed ?? configuration.seed,
        onRootOnly: configuration.evaluation.on == .rank0),
      console: console, checkpoint: target?.identity ?? .init(path: "", sha256: ""), warnings: warnings)
    let report = try session.run(
      attacks.compactMap { $0.makeAttack(outputs: experiment.architecture.outputs) })
    let folder = try communicator.agree { try write(report, of: place) }
    if options.json {
      if communicator.isRoot { try console.print(json: report.record) }
    } else {
      console.print(report.table())
      if let folder { console.print("results: \(folder)/evaluation.json") }
    }
    watchdog?.enter(.ending)
    return ExitStatus.success
  }

  // MARK: - What is evaluated

  private func resolve() throws -> (EvaluationTarget.Place, ExperimentConfiguration) {
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
  private func loadWeights(
    _ place: EvaluationTarget.Place, into experiment: Experiment
  ) throws -> EvaluationTarget? {
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
  private func samples(_ experiment: Experiment) throws -> (LabeledImages, [Int], String?) {
    let images: LabeledImages
    var positions: [Int]
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
    let whole = positions.count
    positions = Array(positions.prefix(limit))
    return (
      images, positions, "only the first \(limit) of \(whole) samples of the \(options.split) split were used"
    )
  }

  // MARK: - With what

  private struct PlannedAttack {
    let configuration: AttackConfiguration
    let threat: ThreatModel

    func makeAttack(outputs: Int) -> (any Attack)? {
      configuration.makeAttack(threat: threat, outputs: outputs)
    }
  }

  private func makeAttacks(_ configuration: ExperimentConfiguration) throws -> [PlannedAttack] {
    var threat = configuration.threat
    if let text = options.norm {
      guard let norm = ThreatConfiguration.Norm(rawValue: text) else {
        throw ExperimentError.usage("--norm is \(text) and has to be linf, l2 or l1")
      }
      if norm != threat.norm && options.epsilons.isEmpty {
        throw ExperimentError.usage(
          "--norm \(text) needs --epsilon: the run's \(threat.epsilon) is a radius in \(threat.norm.rawValue)"
        )
      }
      threat.norm = norm
    }
    let selection = try AttackSelection(names: options.attacks, settings: options.attackSettings)
    let radii = try options.epsilons.isEmpty ? [threat.epsilon] : options.epsilons.map(radius)
    let isBinary = configuration.model.isBinary
    return try radii.flatMap { epsilon in
      let planned =
        options.attacks.isEmpty
        ? try AttackConfiguration.rescaled(
          configuration.evaluation.final, from: configuration.threat.epsilon, to: epsilon)
        : try selection.attacks(
          epsilon: epsilon, isBinary: isBinary, classes: configuration.data.classCount)
      for attack in planned where attack.name == .exact { try requireLinear(configuration, threat) }
      var model = threat.model
      model.epsilon = Float(epsilon)
      return planned.map { PlannedAttack(configuration: $0, threat: model) }
    }
  }

  private func requireLinear(
    _ configuration: ExperimentConfiguration, _ threat: ThreatConfiguration
  ) throws {
    guard configuration.model.name.isLinear else {
      throw ExperimentError.usage(
        "the attack exact is the closed form of linear models; \(configuration.model.name.rawValue) is none")
    }
  }

  private func radius(_ text: String) throws -> Double {
    guard let value = ConfigurationNumber.real(text), value >= 0 else {
      throw ExperimentError.usage(
        "--epsilon has \(text), which has to be a number or a fraction from 0 up, such as 0.3 or 8/255")
    }
    return value
  }

  // MARK: - Results

  /// Writes on rank 0; nil where there is no place for results.
  private func write(_ report: EvaluationReport, of place: EvaluationTarget.Place) throws -> String? {
    guard communicator.isRoot else { return nil }
    if let output = options.output {
      if FileSystem.exists("\(output)/evaluation.json") {
        throw ExperimentError.usage("\(output) already holds an evaluation: choose another --output")
      }
      try report.write(to: output)
      return output
    }
    guard let run = place.runDirectory else { return nil }
    let names = Set(report.record.attacks.map(\.name)).sorted().joined(separator: "-")
    let stamp = Date().formatted(.iso8601.timeSeparator(.omitted))
    let base = run.evaluation("\(stamp)-\(names.isEmpty ? "clean" : names)")
    let folder =
      ([base] + (2...1000).map { "\(base)-\($0)" }).first { !FileSystem.exists($0) } ?? base
    try report.write(to: folder)
    return folder
  }
}

extension AttackConfiguration {
  /// A run's attacks at another radius: step sizes keep their ratio to it.
  static func rescaled(
    _ attacks: [AttackConfiguration], from old: Double, to new: Double
  ) throws -> [AttackConfiguration] {
    if old == new { return attacks }
    return attacks.map { attack in
      var attack = attack
      attack.stepSize = old > 0 ? attack.stepSize * new / old : attack.stepSize
      return attack
    }
  }
}
