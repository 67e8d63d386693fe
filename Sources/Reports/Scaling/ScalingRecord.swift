/// How training steps scale over ranks, as `holdfast bench scaling --json` prints it: what was measured, the model that
/// was fitted to it, and what that predicts.
public struct ScalingRecord: Decodable, Sendable, Equatable {
  /// Whether the batch stays the same or grows with the ranks.
  public enum Kind: String, Decodable, Sendable, CaseIterable {
    /// The batch stays the same: each rank gets less of it.
    case strong
    /// The batch grows with the ranks: each rank keeps its share.
    case weak
  }

  /// A measured step.
  public struct Step: Decodable, Sendable, Equatable {
    /// Whether the batch grows with the ranks.
    public let kind: Kind
    /// The ranks.
    public let ranks: Int
    /// The samples of a batch.
    public let batch: Int
    /// The median of the seconds of a step.
    public let seconds: Double
    /// What the fitted model says of the same step.
    public let modelSeconds: Double
    /// Whether threads had to share CPUs.
    public let isCrowded: Bool

    enum CodingKeys: String, CodingKey {
      case kind, ranks, batch
      case seconds = "step_seconds"
      case modelSeconds = "model_seconds"
      case isCrowded = "crowded"
    }

    /// The model's error as a share of what was measured.
    public var relativeError: Double { seconds > 0 ? modelSeconds / seconds - 1 : 0 }
    /// The speed measured.
    public var samplesPerSecond: Double { seconds > 0 ? Double(batch) / seconds : 0 }
  }

  /// The fitted model of computing, and of the reduction on each path.
  public struct Fit: Decodable, Sendable, Equatable {
    /// A path that gradients took between the ranks of the machine.
    public struct Reduction: Decodable, Sendable, Equatable {
      /// How: `shared` memory or `exchange` of messages.
      public let path: String
      /// The seconds of a message besides its bytes.
      public let latencySeconds: Double
      /// The bandwidth; infinite where none was found to limit it.
      public let gigabytesPerSecond: Double

      enum CodingKeys: String, CodingKey {
        case path
        case latencySeconds = "latency_seconds"
        case gigabytesPerSecond = "gb_per_second"
      }
    }

    /// The seconds of a thread for a micro-batch: attack and gradient.
    public let microbatchSeconds: Double
    /// The seconds of a step that no number of ranks changes.
    public let fixedSeconds: Double
    /// The paths.
    public let reductions: [Reduction]
    /// Of the steps that it was fitted to, without sign.
    public let medianError: Double
    /// Likewise.
    public let largestError: Double

    enum CodingKeys: String, CodingKey {
      case reductions
      case microbatchSeconds = "microbatch_seconds"
      case fixedSeconds = "fixed_seconds"
      case medianError = "median_error"
      case largestError = "largest_error"
    }
  }

  /// A network between hosts.
  public struct Network: Decodable, Sendable, Equatable {
    /// Seconds until a message without contents has arrived.
    public let latency: Double
    /// What a host can send in a second.
    public let bitsPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case latency = "latency_seconds"
      case bitsPerSecond = "bits_per_second"
    }

    /// As it is named in charts and tables.
    public var name: String { "\(fixed(1e6 * latency, 0)) µs, \(fixed(1e-9 * bitsPerSecond, 0)) Gbit/s" }
  }

  /// What the model says about a number of ranks behind a network.
  public struct Prediction: Decodable, Sendable, Equatable {
    /// Whether the batch grows with the ranks.
    public let kind: Kind
    /// The ranks, each with cores of its own.
    public let ranks: Int
    /// The samples of a batch.
    public let batch: Int
    /// The position of the network among `networks`.
    public let network: Int
    /// The speed.
    public let samplesPerSecond: Double
    /// The speed over that of one rank, as a share of the ranks.
    public let efficiency: Double

    enum CodingKeys: String, CodingKey {
      case kind, ranks, batch, network, efficiency
      case samplesPerSecond = "samples_per_second"
    }

    /// The seconds of a step.
    public var seconds: Double { samplesPerSecond > 0 ? Double(batch) / samplesPerSecond : 0 }
  }

  /// The architecture.
  public let model: String
  /// The training method.
  public let attack: String
  /// The steps of its attack.
  public let attackSteps: Int
  /// The samples of a micro-batch.
  public let microbatch: Int
  /// The threads of each rank.
  public let threads: Int
  /// Training steps that were measured.
  public let steps: [Step]
  /// The fitted model.
  public let fit: Fit
  /// The networks that predictions are about.
  public let networks: [Network]
  /// What it says of more ranks and slower networks.
  public let predictions: [Prediction]

  enum CodingKeys: String, CodingKey {
    case model, attack, microbatch, threads, steps, fit, networks, predictions
    case attackSteps = "attack_steps"
  }

  /// Why predictions are not to be relied on, in a sentence; nil where the model fits.
  ///
  /// A step that takes no less time for less work was measured on a machine that was busy.
  public var doubt: String? {
    guard fit.microbatchSeconds == 0 || fit.largestError > 0.15 else { return nil }
    return
      "the measured steps do not follow the model (off by up to \(fixed(100 * fit.largestError, 0)) %), as where the "
      + "machine is busy or ranks share CPUs: predictions are not to be relied on"
  }
}
