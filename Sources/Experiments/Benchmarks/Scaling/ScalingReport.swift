import DataParallel
import Foundation

/// What `bench scaling` measured, fitted and predicts.
struct ScalingReport: Encodable {
  /// What stays the same while ranks are added.
  enum Kind: String, Encodable, CaseIterable {
    /// The batch.
    case strong
    /// The batch of each rank.
    case weak
  }

  /// A measured step.
  struct Step: Encodable {
    let kind: Kind
    let ranks: Int
    let batch: Int
    let samplesPerSecond: Spread
    let stepSeconds: Double
    let reduceSeconds: Double
    let reduction: String
    let microbatches: Int
    /// Threads by cores that they got; 1 where each had one.
    let slowdown: Double
    let isCrowded: Bool
    /// The rate by that of the fewest ranks, over what perfect scaling gives; filled in when all are known.
    var efficiency = 1.0
    /// What the model says.
    var modelSeconds = 0.0

    /// How far the model is off.
    var error: Double { modelSeconds / stepSeconds - 1 }

    init(_ kind: Kind, _ found: MeasuredStep, ranks: Int, threads: Int, isCrowded: Bool) {
      self.kind = kind
      self.ranks = ranks
      self.isCrowded = isCrowded
      batch = found.batch
      samplesPerSecond = found.samplesPerSecond
      stepSeconds = found.stepSeconds
      reduceSeconds = found.phases["reduction"] ?? 0
      reduction = found.reduction
      microbatches = MicrobatchPlan(samples: found.batch, microbatch: found.microbatch).count
      let workers = Double(ranks * threads)
      let cores = found.probes.map(\.cores).reduce(0, +) / Double(max(found.probes.count, 1))
      // As WorkerProbe judges: below that threads did share cores, above it is noise.
      slowdown = cores > 0.85 * workers ? 1 : workers / max(cores, 1e-3)
    }

    var point: ScalingModel.Point {
      ScalingModel.Point(
        ranks: ranks, microbatches: microbatches, seconds: stepSeconds, slowdown: slowdown)
    }

    enum CodingKeys: String, CodingKey {
      case kind, ranks, batch, microbatches, reduction, slowdown, efficiency, error
      case samplesPerSecond = "samples_per_second"
      case stepSeconds = "step_seconds"
      case reduceSeconds = "reduce_seconds"
      case isCrowded = "crowded"
      case modelSeconds = "model_seconds"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(kind, forKey: .kind)
      try values.encode(ranks, forKey: .ranks)
      try values.encode(batch, forKey: .batch)
      try values.encode(microbatches, forKey: .microbatches)
      try values.encode(samplesPerSecond, forKey: .samplesPerSecond)
      try values.encode(stepSeconds, forKey: .stepSeconds)
      try values.encode(reduceSeconds, forKey: .reduceSeconds)
      try values.encode(reduction, forKey: .reduction)
      try values.encode(slowdown, forKey: .slowdown)
      try values.encode(isCrowded, forKey: .isCrowded)
      try values.encode(efficiency, forKey: .efficiency)
      try values.encode(modelSeconds, forKey: .modelSeconds)
      try values.encode(error, forKey: .error)
    }
  }

  /// The model, and how well it fits.
  struct Fit: Encodable {
    let microbatchSeconds: Double
    let fixedSeconds: Double
    let reductions: [Reduction]
    /// The steps that it was fitted to: those without crowding, if two of them exist.
    let points: Int
    /// Of all measured steps that it was fitted to, without sign.
    let medianError: Double
    let largestError: Double
    /// The largest for a step when the model is fitted to the others; nil where they are too few.
    let largestErrorLeftOut: Double?
    /// The largest for steps with more threads than CPUs; nil where there are none.
    let largestErrorCrowded: Double?

    struct Reduction: Encodable {
      let path: ReductionModel.Path
      let latencySeconds: Double
      let gigabytesPerSecond: Double
      /// Of the measured reductions, without sign.
      let medianError: Double
      let largestError: Double

      enum CodingKeys: String, CodingKey {
        case path
        case latencySeconds = "latency_seconds"
        case gigabytesPerSecond = "gb_per_second"
        case medianError = "median_error"
        case largestError = "largest_error"
      }
    }

    enum CodingKeys: String, CodingKey {
      case microbatchSeconds = "microbatch_seconds"
      case fixedSeconds = "fixed_seconds"
      case reductions, points
      case medianError = "median_error"
      case largestError = "largest_error"
      case largestErrorLeftOut = "largest_error_left_out"
      case largestErrorCrowded = "largest_error_crowded"
    }
  }

  /// What the model says about a number of ranks behind a network.
  struct Prediction: Encodable {
    let kind: Kind
    let ranks: Int
    let batch: Int
    /// The position of the network among `networks`.
    let network: Int
    let samplesPerSecond: Double
    /// Beside one rank of the model.
    let efficiency: Double

    enum CodingKeys: String, CodingKey {
      case kind, ranks, batch, network, efficiency
      case samplesPerSecond = "samples_per_second"
    }
  }

  let model: String
  let attack: String
  let attackSteps: Int
  let microbatch: Int
  let threads: Int
  let repetitions: Int
  let parameters: Int
  let ranksPerHost: Int
  let steps: [Step]
  let reductions: [ReductionPoint]
  let fit: Fit
  let networks: [ScalingNetwork]
  let predictions: [Prediction]

  enum CodingKeys: String, CodingKey {
    case model, attack, microbatch, threads, repetitions, parameters, steps, reductions, fit, networks
    case predictions
    case attackSteps = "attack_steps"
    case ranksPerHost = "ranks_per_host"
  }
}
