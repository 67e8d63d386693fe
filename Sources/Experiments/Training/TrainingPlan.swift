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
  private var stepsPerEpoch: Int { experiment.trainerSettings.start(samples: samples).stepsPerEpoch }

  /// One line at the start of a run.
  var headline: String {
    "training \(configuration.model.fullName) on \(experiment.data.dataset.name): "
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

  /// Prints the plan with what a few seconds of it say about the whole, as a configuration with comments or as one
  /// object; all ranks call together.
  ///
  /// - Parameters:
  ///   - output: The folder of the run to come.
  ///   - start: When the program was started.
  func print(
    to console: Console, output: String, since start: ContinuousClock.Instant, asJSON isJSON: Bool
  ) throws {
    experiment.threadPlan.announce(on: console)
    let (forecast, found) = try experiment.forecast(output: output, since: start)
    for warning in warnings + found { console.warn(warning) }
    if isJSON {
      try console.print(
        json: Report(
          configuration: configuration.resolvedYAML, method: method,
          parameters: experiment.model.network.parameterLayout.parameterCount, trainingSamples: samples,
          heldOut: experiment.data.split.validation.count, testSamples: experiment.data.dataset.test.count,
          forecast: forecast))
    } else {
      console.print(text + "\n" + forecast.text)
    }
  }

  private var text: String {
    let layout = experiment.model.network.parameterLayout
    let perRank = (0..<ranks).map { Shard(rank: $0, of: ranks, microbatches: microbatches.count).range.count }
    let capacity = microbatches.capacity(threads: experiment.threadPlan.threads)
    let room = capacity > batch ? "; a batch of \(capacity) would take as long" : ""
    let augmentation = configuration.data.augmentation
    let changes =
      augmentation.isActive
      ? "\n#   augmentation   crop \(augmentation.crop), \(augmentation.flip ? "flips" : "no flips")" : ""
    return """
      \(configuration.resolvedYAML)
      # The plan
      #   method         \(method)
      #   parameters     \(layout.parameterCount) in \(layout.entries.count) tensors
      #   training       \(samples) samples, \(experiment.data.split.validation.count) held out, \
      \(experiment.data.dataset.test.count) test samples\(changes)
      #   steps          \(stepsPerEpoch) an epoch, \(stepsPerEpoch * configuration.epochs) in all
      #   micro-batches  \(microbatches.count) of \(configuration.batch.microbatch); by rank \
      \(perRank.map(String.init).joined(separator: ", "))\(room)
      #   ranks          \(ranks) x \(experiment.threads) threads, \(InstructionSet.selected), oneDNN \
      \(OneDNN.version)
      """
  }
}

/// What `holdfast train --dry-run --json` prints.
private struct Report: Encodable {
  let configuration: String
  let method: String
  let parameters: Int
  let trainingSamples: Int
  let heldOut: Int
  let testSamples: Int
  let forecast: TrainingForecast

  enum CodingKeys: String, CodingKey {
    case configuration, method, parameters, forecast
    case trainingSamples = "training_samples"
    case heldOut = "held_out"
    case testSamples = "test_samples"
  }
}
