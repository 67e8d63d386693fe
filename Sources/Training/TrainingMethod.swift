/// A way to train: the program of one optimizer step in terms of what a `TrainingStep` offers.
///
/// Most methods compute one gradient and update. Others take several gradients, or carry something from step to
/// step; all of them speak to the ranks through the step's verbs only, so none can break the promise of equal
/// bits. A method that fits weights to bounds in place of examples computes its gradient with the same verb.
public protocol TrainingMethod: Sendable {
  /// The name in configurations.
  var name: String { get }
  /// The method with what decides its strength, in words.
  var label: String { get }
  /// The steps taken on a batch before the next batch comes.
  var replays: Int { get }
  /// Leaves the gradient of the method on all ranks, and returns what its batch came to.
  func computeGradient(_ step: TrainingStep) throws -> StepOutcome
  /// Performs one optimizer step and returns the outcome of the batch it learned from.
  func run(_ step: TrainingStep) throws -> StepOutcome
}

extension TrainingMethod {
  /// The name.
  public var label: String { name }
  /// One.
  public var replays: Int { 1 }

  /// One gradient, and one update.
  public func run(_ step: TrainingStep) throws -> StepOutcome {
    let outcome = try computeGradient(step)
    try step.update(behind: outcome)
    return outcome
  }
}
