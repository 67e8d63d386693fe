public import Networks
import Tensors

/// What distinguishes one use of an attack from another: the random numbers, and how the model behaves.
public struct AttackContext: Sendable {
  /// The seed of the run.
  public var seed: UInt64
  /// The optimizer step while training; 0 in evaluation.
  public var step: UInt64
  /// Whether dropout is active while attacking.
  public var trainingMode: Bool
  /// The statistics that batch normalization uses while attacking.
  public var statistics: ForwardMode.Statistics

  /// Creates a context; batch normalization goes with dropout where nothing else is said.
  public init(
    seed: UInt64, step: UInt64 = 0, trainingMode: Bool = false, statistics: ForwardMode.Statistics? = nil
  ) {
    self.seed = seed
    self.step = step
    self.trainingMode = trainingMode
    self.statistics = statistics ?? (trainingMode ? .batch : .running)
  }

  /// The mode of the attack's forward pass number `pass`.
  public func mode(pass: Int) -> ForwardMode {
    var mode: ForwardMode =
      trainingMode ? .training(seed: seed, step: step, pass: UInt32(pass)) : .evaluation
    mode.statistics = statistics
    return mode
  }

  func stream(_ purpose: RandomPurpose, sample: UInt32, restart: Int) -> RandomStream {
    RandomStream(
      RandomIdentity(seed: seed, purpose: purpose, step: step, sample: sample, restart: UInt32(restart)))
  }
}
