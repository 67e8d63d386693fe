import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import MessagePassing
import Networks
import Tensors
import Training

/// The extra runs of `evaluate --diagnostics`, on the first samples: one for every norm that is attacked in.
struct SecurityDiagnosis {
  /// The samples that are enough to see what is wrong.
  static let samples = 256

  private let setup: EvaluationSetup
  private let console: Console
  private let positions: [Int]
  private let transfer: TransferSource?

  /// Prepares; all ranks call together.
  ///
  /// - Parameter other: The run, checkpoint or file of weights whose examples are tried too.
  init(_ setup: EvaluationSetup, transferFrom other: String?, console: Console) throws {
    self.setup = setup
    self.console = console
    positions = Array(setup.positions.prefix(Self.samples))
    transfer = try other.map { try TransferSource($0, like: setup) }
  }

  /// Runs, and gives the warnings.
  func warnings() throws -> [String] {
    let evaluator = try makeEvaluator(setup.experiment.model)
    let clean = try evaluator.measureClean()
    var found: [String] = []
    for threat in threats {
      console.note(
        "diagnostics on the first \(clean.total) samples at \(threat.norm.rawValue) \(threat.epsilon)")
      var transferred: (source: String, examples: [Float])?
      if let transfer { transferred = (transfer.name, try examples(of: transfer, threat)) }
      found += try evaluator.diagnose(threat, clean: clean, transfer: transferred).warnings
    }
    return found
  }

  /// The first of each norm's threats that leaves room for an attack; the run's where nothing attacks.
  private var threats: [ThreatModel] {
    var threats: [ThreatModel] = []
    let asked = setup.activeAttacks.map(\.threat)
    for threat in asked.isEmpty ? [setup.configuration.threat.model] : asked
    where threat.epsilon > 0 && !threats.contains(where: { $0.norm == threat.norm }) {
      threats.append(threat)
    }
    return threats
  }

  private func makeEvaluator(_ model: DataParallelModel) throws -> RobustEvaluator {
    try RobustEvaluator(
      model, images: setup.images, positions: positions, seed: setup.seed,
      onRootOnly: setup.configuration.evaluation.on == .rank0)
  }

  /// Examples that pgd makes on the other model, on rank 0.
  private func examples(of source: TransferSource, _ threat: ThreatModel) throws -> [Float] {
    let evaluator = try makeEvaluator(source.model)
    let attack = ProjectedGradientDescent(
      threat: threat, steps: 20, stepSize: threat.epsilon / 8,
      loss: source.model.network.architecture.outputs == 1 ? .logistic : .crossEntropy)
    return try evaluator.measure(attack, clean: evaluator.measureClean(), keeping: .max).examples
  }
}

/// Another model for the same samples, which adversarial examples are made on.
struct TransferSource {
  let name: String
  let model: DataParallelModel

  /// Loads it; all ranks call together.
  ///
  /// - Parameters:
  ///   - path: A run, a checkpoint, or a file of weights of the architecture of `setup`.
  ///   - setup: The model that is evaluated.
  init(_ path: String, like setup: EvaluationSetup) throws {
    name = path
    let communicator = setup.experiment.model.communicator
    let (place, network) = try communicator.agree {
      let place = try EvaluationTarget.Place(path)
      let configuration =
        try place.runDirectory.map { try ExperimentConfiguration(file: $0.configuration, overrides: []) }
        ?? setup.configuration
      let architecture = try configuration.architecture(for: setup.experiment.data.dataset.train)
      return (
        place, try CompiledNetwork(architecture, microbatch: setup.configuration.batch.microbatch)
      )
    }
    let model = try DataParallelModel(
      network, parameters: network.architecture.initialParameters(seed: 1), communicator: communicator,
      threads: setup.experiment.threads)
    model.watchdog = setup.watchdog
    try communicator.agree {
      guard communicator.isRoot else { return }
      _ = try EvaluationTarget(place, checkpoint: .bestOrLatest).load(into: model)
    }
    try model.shareParameters()
    self.model = model
  }
}
