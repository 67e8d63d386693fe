public import Attacks
import DataParallel

/// What one optimizer step is told of the run around it.
public struct StepConditions: Equatable, Sendable {
  /// The learning rate.
  public var rate: Double
  /// The epochs done before the step, with a fraction; its whole part is the epoch that the step belongs to.
  public var epoch: Double
  /// How the attack differs from what was configured.
  public var adjustment: AttackAdjustment
  /// The mean loss above which the step is rejected as a spike; nil for none.
  public var lossLimit: Double?
  /// The length that the gradient is cut to; nil for none.
  public var gradientLimit: Double?
  /// Whether a gradient that is not finite rejects the step, and not only a loss.
  public var checksGradient: Bool

  /// Creates conditions; what is left out changes nothing.
  public init(
    rate: Double, epoch: Double = 0, adjustment: AttackAdjustment = AttackAdjustment(),
    lossLimit: Double? = nil, gradientLimit: Double? = nil, checksGradient: Bool = false
  ) {
    self.rate = rate
    self.epoch = epoch
    self.adjustment = adjustment
    self.lossLimit = lossLimit
    self.gradientLimit = gradientLimit
    self.checksGradient = checksGradient
  }
}

/// Why a step was not taken; the weights are those before it.
///
/// Follows from sums that are the same on all ranks, so all of them reject the step together.
public struct StepRejection: Error, CustomStringConvertible {
  /// What was wrong.
  public enum Reason: Equatable, Sendable {
    /// The loss is NaN or infinite.
    case nonFiniteLoss
    /// The gradient holds NaN or infinities, although the loss does not.
    case nonFiniteGradient
    /// The loss is above the limit that the guard has set.
    case lossSpike(limit: Double)
  }

  /// What was wrong.
  public let reason: Reason
  /// What the step had come to.
  public let outcome: StepOutcome

  /// The reason in words.
  public var description: String {
    let loss = outcome.batch.loss / Double(max(outcome.batch.samples, 1))
    return switch reason {
    case .nonFiniteLoss: "the loss is not finite"
    case .nonFiniteGradient: "the gradient is not finite"
    case .lossSpike(let limit): "the loss of \(loss) is above \(limit)"
    }
  }
}
