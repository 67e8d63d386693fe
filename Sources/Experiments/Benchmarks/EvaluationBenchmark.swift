import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import Kernels
public import MessagePassing
import Networks
import Tensors

/// `holdfast bench evaluation`: the samples that every attack of an evaluation gets through in a second.
///
/// A sample that falls costs little more, so the speed is that of one model, data set and radius; what withstood
/// is told with it.
public struct EvaluationBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The architecture.
    public var model = "cnn-small"
    /// A file of weights; nil for initial ones.
    public var weights: String?
    /// The data set whose first test samples are attacked; nil for random images with the classes the model gives them.
    public var data: String?
    /// The folder of its files.
    public var dataPath: String?
    /// The samples.
    public var samples = 128
    /// The attacks.
    public var attacks: [String] = []
    /// linf, l2 or l1.
    public var norm = "linf"
    /// The radius, a number or a fraction.
    public var epsilon = "0.3"
    /// The threads of each rank; nil for what the affinity mask leaves.
    public var threads: Int?
    /// How often every attack is measured.
    public var repetitions = 1
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}

    /// The attacks where none are named: those of AutoAttack each by itself, the cheap ones, and the whole.
    static let usualAttacks = ["fgsm", "pgd", "apgd-ce", "apgd-t", "fab-t", "square", "autoattack"]
  }

  private let options: Options
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: Options, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Measures, prints, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    for warning in try RankAgreement(on: communicator).warnings { console.warn(warning) }
    let threadPlan = try ThreadPlan.gather(requested: options.threads, on: communicator)
    let threads = threadPlan.threads[communicator.rank]
    let configuration = try communicator.agree { try makeConfiguration() }
    var images = try communicator.agree { try loadImages(configuration) }
    let network = try communicator.agree {
      let architecture = try ExperimentConfiguration.architecture(options.model, for: images)
      return try CompiledNetwork(architecture, microbatch: configuration.batch.microbatch)
    }
    let attacks = try communicator.agree { try makeAttacks(configuration, network.architecture) }
    let model = try DataParallelModel(
      network, parameters: network.architecture.initialParameters(seed: 1), communicator: communicator,
      threads: threads)
    try communicator.agree { if communicator.isRoot { try loadWeights(into: model) } }
    try model.shareParameters()
    threadPlan.announce(on: console)

    var (evaluator, clean) = try prepare(model, images)
    if options.data == nil {
      // Only what a model has right is attacked.
      images = images.labeled(clean.predictions)
      (evaluator, clean) = try prepare(model, images)
    }
    var probes = [try WorkerProbe.measure(threads: threads, on: communicator)]
    var found: [EvaluationMeasurement.Attack] = []
    for attack in attacks {
      found.append(try measure(attack, evaluator, clean))
      console.note("\(attack.label): \(fixed(found[found.count - 1].samplesPerSecond.median, 1)) samples/s")
    }
    probes.append(try WorkerProbe.measure(threads: threads, on: communicator))
    let result = EvaluationMeasurement(
      model: options.model, weights: options.weights ?? "initial", data: images.name, samples: clean.total,
      norm: options.norm, epsilon: attacks.first?.threat.epsilon.asWritten ?? 0, attacks: found,
      repetitions: options.repetitions, microbatch: network.microbatch, ranks: communicator.size,
      threads: threads, probes: probes)
    try console.print(result, asJSON: options.json, text: result.text)
    return ExitStatus.success
  }

  private func prepare(
    _ model: DataParallelModel, _ images: LabeledImages
  ) throws -> (RobustEvaluator, CleanResult) {
    let evaluator = try RobustEvaluator(
      model, images: images, positions: Array(0..<min(options.samples, images.count)), seed: 1)
    return (evaluator, try evaluator.measureClean())
  }

  private func measure(
    _ attack: any Attack, _ evaluator: RobustEvaluator, _ clean: CleanResult
  ) throws -> EvaluationMeasurement.Attack {
    var seconds: [Double] = []
    var withstood = 0
    let clock = ContinuousClock()
    for _ in 0..<options.repetitions {
      try communicator.barrier()
      let start = clock.now
      withstood = try evaluator.measure(attack, clean: clean).correct
      try communicator.barrier()
      seconds.append((clock.now - start).inSeconds)
    }
    return EvaluationMeasurement.Attack(
      attack: attack, samples: clean.total, attacked: clean.correct, withstood: withstood, seconds: seconds)
  }

  // MARK: Preparation

  private func makeConfiguration() throws -> ExperimentConfiguration {
    var overrides = ["data.name=\(options.data ?? "synthetic")", "model.name=\(options.model)"]
    if let path = options.dataPath { overrides.append("data.path=\(path)") }
    if options.model == "linear-binary" { overrides.append("training.method=standard") }
    return try ExperimentConfiguration(yaml: Array("{}".utf8), source: "bench", overrides: overrides)
  }

  private func loadImages(_ configuration: ExperimentConfiguration) throws -> LabeledImages {
    if options.data == nil { return .random(options.samples, for: configuration.model) }
    return try ExperimentData(configuration.data).dataset.test
  }

  private func makeAttacks(
    _ configuration: ExperimentConfiguration, _ architecture: Architecture
  ) throws -> [any Attack] {
    var evaluation = EvaluateOptions(SubjectOptions(target: ""))
    evaluation.attacks = options.attacks.isEmpty ? Options.usualAttacks : options.attacks
    evaluation.norm = options.norm
    evaluation.epsilons = [options.epsilon]
    return try PlannedAttack.all(of: evaluation, configuration).compactMap {
      $0.makeAttack(outputs: architecture.outputs)
    }
  }

  private func loadWeights(into model: DataParallelModel) throws {
    guard let path = options.weights else { return }
    _ = try EvaluationTarget(.file(path), checkpoint: .bestOrLatest).load(into: model)
  }
}

extension LabeledImages {
  /// The same images with other labels; what has no class gets class 0.
  func labeled(_ classes: [Int]) -> LabeledImages {
    LabeledImages(
      name: name, channels: channels, height: height, width: width, classCount: classCount,
      values: (0..<count).flatMap { image(at: $0) }, labels: classes.map { UInt8(max($0, 0)) })
  }
}
