import Attacks
import DataParallel
import Datasets
import Foundation
import Kernels
public import MessagePassing
import Networks
import Tensors
import Training

/// `holdfast bench step`: the speed of a whole training step on random images in [0, 1].
public struct StepBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The architecture.
    public var model = "cnn-madry"
    /// standard, fgsm, fgsm-rs or pgd.
    public var attack = "pgd"
    /// The steps of the attack.
    public var steps = 40
    /// The samples of a global batch.
    public var batch = 128
    /// The samples of a micro-batch; nil for the model's default.
    public var microbatch: Int?
    /// The threads of each rank; nil for what the affinity mask leaves.
    public var threads: Int?
    /// The steps that are measured, behind one that warms up.
    public var repetitions = 5
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}
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
    let configuration = try communicator.agree { try Self.configuration(options) }
    let images = LabeledImages.random(options.batch, for: configuration.model)
    let microbatch = configuration.batch.microbatch
    let network = try communicator.agree {
      let architecture = try ExperimentConfiguration.architecture(options.model, for: images)
      return try CompiledNetwork(architecture, microbatch: microbatch)
    }
    let model = try DataParallelModel(
      network, parameters: network.architecture.initialParameters(seed: 1), communicator: communicator,
      threads: threads)
    let learner = try Learner(
      model: model, optimizer: Optimizer(.adam(), network.parameterLayout), images: images, seed: 1)
    let method = configuration.training.makeMethod(
      threat: configuration.threat.model, outputs: network.architecture.outputs)
    threadPlan.announce(on: console)
    var seconds: [Double] = []
    var outcomes: [StepOutcome] = []
    var probes = [try WorkerProbe.measure(threads: threads, on: communicator)]
    let clock = ContinuousClock()
    for step in 0...options.repetitions {
      try communicator.barrier()
      let start = clock.now
      let outcome = try learner.takeStep(step, rate: 1e-4, on: ArraySlice(0..<options.batch), by: method)
      try communicator.barrier()
      if step == 0 { continue }
      seconds.append((clock.now - start).inSeconds)
      outcomes.append(outcome)
    }
    probes.append(try WorkerProbe.measure(threads: threads, on: communicator))
    let result = StepMeasurement(
      seconds: seconds, outcomes: outcomes, passes: passes, probes: probes, options, microbatch: microbatch,
      ranks: communicator.size, threads: threads, reduction: model.reductionPath?.description ?? "none",
      network: network)
    try console.print(result, asJSON: options.json, text: result.text)
    return ExitStatus.success
  }

  /// The passes forward and back of the attack.
  private var passes: Int {
    switch options.attack {
    case "pgd": options.steps
    case "standard": 0
    default: 1
    }
  }

  /// The experiment whose step is measured.
  ///
  /// - Throws: `ConfigurationError` where the options cannot be met.
  static func configuration(_ options: Options) throws -> ExperimentConfiguration {
    var overrides = [
      "data.name=synthetic", "model.name=\(options.model)", "batch.size=\(options.batch)",
      "training.method=\(options.attack)", "threat.epsilon=0.3",
    ]
    if let microbatch = options.microbatch { overrides.append("batch.microbatch=\(microbatch)") }
    if options.attack == "pgd" {
      overrides += ["training.steps=\(options.steps)", "training.stepSize=0.01"]
    }
    return try ExperimentConfiguration(yaml: Array("{}".utf8), source: "bench", overrides: overrides)
  }
}
