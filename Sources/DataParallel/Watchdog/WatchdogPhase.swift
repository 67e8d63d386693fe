/// What a rank is doing, for the watchdog's message.
///
/// All ranks go through the same phases in the same order, so that of two ranks of a host the one that has entered
/// fewer is behind.
public enum WatchdogPhase: Int, Sendable, CaseIterable {
  /// Reading data, building the model, everything before the first step.
  case startUp
  /// Attacking this rank's micro-batches and computing their gradients.
  case attack
  /// Adding up the gradients of all ranks.
  case reduction
  /// Changing the weights.
  case update
  /// What comes between two steps: logs, stop requests.
  case betweenSteps
  /// Comparing the weights of all ranks.
  case comparison
  /// Writing a checkpoint, or waiting for the one before.
  case saving
  /// Measuring this rank's share of an evaluation.
  case evaluation
  /// Waiting for the shares of other ranks.
  case gathering
  /// Everything is done, or was stopped on request; ranks leave, some before others.
  case ending

  /// The phase in words, following "in" or "waiting in".
  func words(step: Int) -> String {
    switch self {
    case .startUp: "the start-up"
    case .attack: "the attack and gradient of step \(step)"
    case .reduction: "the reduction of step \(step)"
    case .update: "the update of step \(step)"
    case .betweenSteps: "what follows step \(step)"
    case .comparison: "the comparison of weights behind step \(step)"
    case .saving: "saving the checkpoint behind step \(step)"
    case .evaluation: "an evaluation"
    case .gathering: "collecting the results of an evaluation"
    case .ending: "the end of the run"
    }
  }
}
