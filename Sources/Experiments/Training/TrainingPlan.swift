import DataParallel
import Datasets
import Foundation
import Kernels
import MessagePassing
import Networks
import Tensors
import Training

/// What a training run will do, in numbers, before it does it.
struct TrainingPlan {
  private let experiment: Experiment

  init(_ experiment: Experiment) {
    self.experiment = experiment
  }

  private var configuration: ExperimentConfiguration { experiment.configuration }
  private var ranks: Int { experiment.model.communicator.size }
  private var samples: Int { experiment.data.split.training.count }
  private var batch: Int { min(configuration.batch.size, samples) }
  private var microbatches: MicrobatchPlan {
    MicrobatchPlan(samples: batch, microbatch: configuration.batch.microbatch)
  }
  private var stepsPerEpoch: Int {
    (samples + configuration.batch.size - 1) / configuration.batch.size
      * experiment.trainerSettings.method.replays
  }

  /// One line at the start of a run.
  var headline: String {
    "training \(configuration.model.name.rawValue) on \(experiment.data.dataset.name): "
      + "\(samples) samples, \(configuration.epochs) \(configuration.epochs == 1 ? "epoch" : "epochs") "
      + "of \(stepsPerEpoch) \(stepsPerEpoch == 1 ? "step" : "steps"), "
      + "\(method)"
  }

  /// What users should know before the time is spent.
  var warnings: [String] {
    var warnings: [String] = []
    if ranks > microbatches.count {
      warnings.append(
        "\(ranks - microbatches.count) of \(ranks) ranks will idle: a batch of \(batch) has only "
          + "\(microbatches.count) micro-batches of \(configuration.batch.microbatch)")
    }
    return warnings
  }

  /// The method with everything that decides its strength.
  var method: String { experiment.trainerSettings.method.label }

  /// Prints the plan, with a time estimated from a few real steps on all ranks.
  func print(to console: Console, on communicator: Communicator) throws {
    let layout = experiment.model.network.parameterLayout
    let seconds = try measureStep()
    let total = Double(stepsPerEpoch * configuration.epochs) * seconds
    let perRank = (0..<ranks).map { Shard(rank: $0, of: ranks, microbatches: microbatches.count).range.count }
    experiment.threadPlan.announce(on: console)
    for warning in warnings { console.warn(warning) }
    console.print(
      """
      \(configuration.resolvedYAML)
      # The plan
      #   method         \(method)
      #   parameters     \(layout.parameterCount) in \(layout.entries.count) tensors
      #   training       \(samples) samples, \(experiment.data.split.validation.count) held out, \
      \(experiment.data.dataset.test.count) test samples
      #   steps          \(stepsPerEpoch) an epoch, \(stepsPerEpoch * configuration.epochs) in all
      #   micro-batches  \(microbatches.count) of \(configuration.batch.microbatch); by rank \
      \(perRank.map(String.init).joined(separator: ", "))
      #   ranks          \(ranks) x \(experiment.threads) threads, \(InstructionSet.selected), oneDNN \
      \(OneDNN.version)
      #   memory         about \(megabytes) MB a rank
      #   time           about \(duration(total)) of training (\(fixed(seconds, 3)) s a step, measured on \
      \(Self.probeSteps) steps), evaluation apart
      """)
  }

  /// Weights, gradients being added, optimizer and data, in megabytes.
  private var megabytes: Int {
    let network = experiment.model.network
    let arena = 4 * network.parameterLayout.count
    let buffers = experiment.threads + 4
    let moments = configuration.optimizer.rule.momentNames.count
    let images = experiment.data.dataset.train
    let pixels = (images.count + experiment.data.dataset.test.count) * images.imageSize
    let sessions = experiment.threads * (network.sessionBytes + 16 * images.imageSize * network.microbatch)
    return (arena * (4 + buffers + moments + copies) + sessions + pixels + 50_000_000) / 1_000_000
  }

  /// Further copies of the weights: averages, what a guard returns to, second gradients.
  private var copies: Int {
    let averages = configuration.averaging.method == .none ? 0 : 2
    let good =
      configuration.guards.catastrophicOverfitting.action == .none
      ? 0 : 1 + configuration.optimizer.rule.momentNames.count + (averages > 0 ? 1 : 0)
    let method = configuration.training.method
    let perturbed = configuration.weightPerturbation.gamma > 0 ? 1 : 0
    return averages + good + perturbed + (method.isPaired ? experiment.threads : 0)
      + (method.usesBounds ? 2 * experiment.threads : 0)
  }

  private static let probeSteps = 3

  /// The time of a step, measured on real ones whose result is thrown away.
  private func measureStep() throws -> Double {
    let learner = try Learner(
      model: experiment.model,
      optimizer: Optimizer(configuration.optimizer.rule, experiment.model.network.parameterLayout),
      images: experiment.data.dataset.train, seed: configuration.seed)
    let method = experiment.trainerSettings.method
    let clock = ContinuousClock()
    var start = clock.now
    for step in 0...Self.probeSteps {
      // The first step warms up.
      if step == 1 { start = clock.now }
      // In the middle of the run, where schedules of the method have begun.
      let conditions = StepConditions(rate: 0, epoch: Double(configuration.epochs) / 2)
      _ = try learner.takeStep(
        step, conditions, on: experiment.data.split.training.prefix(batch), by: method)
    }
    return (clock.now - start).inSeconds / Double(Self.probeSteps)
  }

  private func duration(_ seconds: Double) -> String {
    let minutes = Int(seconds / 60)
    if minutes >= 60 { return "\(minutes / 60) h \(minutes % 60) min" }
    return minutes > 0 ? "\(minutes) min \(Int(seconds) % 60) s" : "\(fixed(seconds, 1)) s"
  }
}
