/// What is told of a training run while it goes on, on every rank.
///
/// Observers may not communicate, except in `validate` and `probeOverfitting`, which all ranks call together.
public protocol TrainingObserver: AnyObject {
  /// A step was taken, or skipped; `position` is behind it.
  func didTakeStep(_ outcome: StepOutcome, rate: Double, seconds: Double, at position: TrainingPosition)
    throws
  /// An epoch ended.
  func didFinishEpoch(_ progress: EpochProgress, at position: TrainingPosition) throws
  /// Measures robust accuracy on the validation split, on all ranks together; nil where none is due.
  func validate(at position: TrainingPosition) throws -> ValidationScore?
  /// Measures single-step and multi-step accuracy on held-out samples, on all ranks together; nil where there are none.
  func probeOverfitting(at position: TrainingPosition) throws -> OverfittingProbe?
  /// A guard stepped in.
  func didIntervene(_ intervention: GuardIntervention, at position: TrainingPosition) throws
}

extension TrainingObserver {
  /// Measures nothing.
  public func probeOverfitting(at position: TrainingPosition) throws -> OverfittingProbe? { nil }
  /// Is not interested.
  public func didIntervene(_ intervention: GuardIntervention, at position: TrainingPosition) throws {}
}

/// Robust accuracy on the validation split, as an exact count.
public struct ValidationScore: Equatable, Sendable {
  /// The samples classified correctly under attack.
  public let correct: Int
  /// The samples attacked.
  public let total: Int

  /// Creates a score.
  public init(correct: Int, total: Int) {
    self.correct = correct
    self.total = total
  }
}

/// Why training ended.
public enum TrainingEnd: Equatable, Sendable {
  /// All epochs are done, or a guard found that more would do harm.
  case finished
  /// A signal asked for it; a checkpoint was written.
  case stopped
}
