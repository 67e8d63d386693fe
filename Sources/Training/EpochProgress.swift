import DataParallel

/// What an epoch has come to so far; kept in checkpoints, so that an epoch resumed in its middle is reported
/// whole.
public struct EpochProgress: Codable, Equatable, Sendable {
  /// The sum of the losses.
  public var loss = 0.0
  /// The samples classified correctly, on the examples that were learned from.
  public var correct = 0
  /// The samples seen.
  public var samples = 0
  /// The time the steps took on rank 0, in seconds.
  public var seconds = 0.0

  /// Creates the progress of an epoch that has not begun.
  public init() {}

  mutating func add(_ outcome: BatchOutcome, seconds: Double) {
    loss += outcome.loss
    correct += outcome.correct
    samples += outcome.samples
    self.seconds += seconds
  }
}
