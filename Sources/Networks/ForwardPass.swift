/// How a forward pass treats the layers that behave differently in training.
public struct ForwardMode: Equatable, Sendable {
  /// What the random masks of dropout depend on, besides sample and layer.
  public struct Masks: Equatable, Sendable {
    /// The seed of the run.
    public let seed: UInt64
    /// The optimizer step.
    public let step: UInt64
    /// The number of the forward pass within the step.
    public let pass: UInt32
  }

  /// The statistics that batch normalization uses.
  public enum Statistics: String, Equatable, Sendable {
    /// Those that training has gathered, which makes every sample's result its own.
    case running
    /// Those of the samples at hand.
    case batch
  }

  /// What dropout draws; nil where it does nothing.
  public var masks: Masks?
  /// The statistics that batch normalization uses.
  public var statistics: Statistics

  /// Dropout does nothing, and batch normalization uses running statistics.
  public static let evaluation = ForwardMode(masks: nil, statistics: .running)

  /// Dropout draws masks that depend on seed, step, sample, layer and pass only, and batch normalization uses the
  /// statistics of the samples at hand.
  public static func training(seed: UInt64, step: UInt64, pass: UInt32) -> ForwardMode {
    ForwardMode(masks: Masks(seed: seed, step: step, pass: pass), statistics: .batch)
  }
}

/// What a bound operation is told of the forward pass it is part of.
struct ForwardPass {
  let mode: ForwardMode
  /// The identity of each sample of the micro-batch.
  let samples: UnsafePointer<UInt32>
  /// The samples that count; rows behind them are padding.
  let rows: Int
  /// Whether convolutions may take on what is around them; parameter gradients need every operation by itself.
  var fuses = true

  /// Whether they do.
  var isFused: Bool { fuses && mode.statistics == .running }
}
