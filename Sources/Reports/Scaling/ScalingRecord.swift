/// How training steps scale over ranks: what was measured, the model that fits it, and what it predicts.
public struct ScalingRecord: Codable, Sendable, Equatable {
  /// Whether the batch stays the same or grows with the ranks.
  public enum Mode: String, Codable, Sendable, CaseIterable {
    /// The batch stays the same: each rank gets less of it.
    case strong
    /// The batch grows with the ranks: each rank keeps its share.
    case weak
  }

  /// A measurement of the training step.
  public struct Step: Codable, Sendable, Equatable {
    /// Whether the batch grows with the ranks.
    public var mode: Mode
    /// The ranks.
    public var ranks: Int
    /// The samples of a batch.
    public var batch: Int
    /// The median of the seconds of a step.
    public var seconds: Double
    /// What the fitted model says of the same step.
    public var modelSeconds: Double

    /// Creates a measurement.
    public init(mode: Mode, ranks: Int, batch: Int, seconds: Double, modelSeconds: Double = 0) {
      self.mode = mode
      self.ranks = ranks
      self.batch = batch
      self.seconds = seconds
      self.modelSeconds = modelSeconds
    }

    /// The model's error as a share of what was measured.
    public var relativeError: Double { seconds > 0 ? modelSeconds / seconds - 1 : 0 }
    /// The speed measured.
    public var samplesPerSecond: Double { seconds > 0 ? Double(batch) / seconds : 0 }
  }

  /// A measurement of the reduction by messages.
  public struct Reduction: Codable, Sendable, Equatable {
    /// The ranks.
    public var ranks: Int
    /// The bytes of a gradient.
    public var bytes: Double
    /// The median of the seconds until the last rank was done.
    public var seconds: Double

    /// Creates a measurement.
    public init(ranks: Int, bytes: Double, seconds: Double) {
      self.ranks = ranks
      self.bytes = bytes
      self.seconds = seconds
    }
  }

  /// A network between ranks.
  public struct Network: Codable, Sendable, Equatable {
    /// What it is called.
    public var name: String
    /// The seconds that a message takes besides its bytes.
    public var latency: Double
    /// The seconds that a byte takes.
    public var secondsPerByte: Double

    /// Creates a network.
    public init(name: String, latency: Double, secondsPerByte: Double) {
      self.name = name
      self.latency = latency
      self.secondsPerByte = secondsPerByte
    }

    /// Networks that clusters have: usual latencies between programs, and nine tenths of the nominal rate.
    public static let usual = [
      Network(name: "InfiniBand, 100 Gb/s", latency: 2e-6, secondsPerByte: 8 / 90e9),
      Network(name: "Ethernet, 25 Gb/s", latency: 15e-6, secondsPerByte: 8 / 22.5e9),
      Network(name: "Ethernet, 10 Gb/s", latency: 30e-6, secondsPerByte: 8 / 9e9),
      Network(name: "Ethernet, 1 Gb/s", latency: 60e-6, secondsPerByte: 8 / 0.9e9),
    ]
  }

  /// What the model says of a number of ranks.
  public struct Prediction: Codable, Sendable, Equatable {
    /// The network's name.
    public var network: String
    /// Whether the batch grows with the ranks.
    public var mode: Mode
    /// The ranks, each with cores of its own.
    public var ranks: Int
    /// The samples of a batch.
    public var batch: Int
    /// The seconds of a step.
    public var seconds: Double
    /// The speed over that of one rank, as a share of the ranks.
    public var efficiency: Double

    /// The speed.
    public var samplesPerSecond: Double { seconds > 0 ? Double(batch) / seconds : 0 }
  }

  /// The architecture.
  public var model: String
  /// The training method, with its steps.
  public var method: String
  /// The samples of a micro-batch.
  public var microbatch: Int
  /// The threads of each rank.
  public var threads: Int
  /// The CPUs of the machine that all ranks shared.
  public var cpus: Int
  /// The bytes of a gradient.
  public var gradientBytes: Double
  /// Training steps that were measured.
  public var steps: [Step]
  /// Reductions that were measured.
  public var reductions: [Reduction]
  /// The fitted model.
  public var fit: ScalingModel
  /// What it says of more ranks and other networks.
  public var predictions: [Prediction]

  /// Creates a record.
  public init(
    model: String, method: String, microbatch: Int, threads: Int, cpus: Int, gradientBytes: Double,
    steps: [Step], reductions: [Reduction], fit: ScalingModel, predictions: [Prediction]
  ) {
    self.model = model
    self.method = method
    self.microbatch = microbatch
    self.threads = threads
    self.cpus = cpus
    self.gradientBytes = gradientBytes
    self.steps = steps
    self.reductions = reductions
    self.fit = fit
    self.predictions = predictions
  }

  /// Why predictions are not to be relied on, in a sentence; nil where the model fits.
  ///
  /// A step that takes no less time for less work was measured on a machine that was busy.
  public var doubt: String? {
    guard fit.perMicrobatch == 0 || largestError > 0.15 else { return nil }
    return
      "the measured steps do not follow the model (off by up to \(fixed(100 * largestError, 0)) %), as where the "
      + "machine is busy or ranks share CPUs: predictions are not to be relied on"
  }

  /// The largest error of the model on a step that was measured, as a share.
  public var largestError: Double { steps.map { abs($0.relativeError) }.max() ?? 0 }
  /// The mean of those errors, as a share.
  public var meanError: Double {
    steps.isEmpty ? 0 : steps.reduce(0) { $0 + abs($1.relativeError) } / Double(steps.count)
  }
}
