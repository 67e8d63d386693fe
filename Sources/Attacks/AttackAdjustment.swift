/// How an attack differs, at a moment of a training run, from what was configured: a rising epsilon, and what a guard
/// has changed.
public struct AttackAdjustment: Equatable, Sendable {
  /// What the radius is multiplied with; the step size follows.
  public var epsilon: Double
  /// What the step size is multiplied with.
  public var stepSize: Double
  /// What the number of steps is multiplied with.
  ///
  /// Steps get shorter once all of them together are 2.5 times as long as before: one step of epsilon becomes many of
  /// 2.5 epsilon / steps.
  public var steps: Int

  /// Creates an adjustment; what is left out changes nothing.
  public init(epsilon: Double = 1, stepSize: Double = 1, steps: Int = 1) {
    precondition(epsilon >= 0 && stepSize >= 0 && steps > 0, "an attack cannot be adjusted like that")
    self.epsilon = epsilon
    self.stepSize = stepSize
    self.steps = steps
  }

  /// The threat with its radius adjusted.
  public func apply(to threat: ThreatModel) -> ThreatModel {
    epsilon == 1 ? threat : threat.with(epsilon: Float(Double(threat.epsilon) * epsilon))
  }

  /// The adjusted length of a step.
  public func apply(toStepSize size: Float) -> Float {
    if self == AttackAdjustment() { return size }
    return Float(Double(size) * epsilon * stepSize * min(2.5 / Double(steps), 1))
  }
}

/// An attack whose radius and steps may change during a training run.
public protocol AdjustableAttack: Attack {
  /// The attack with its radius and steps adjusted.
  func adjusted(by adjustment: AttackAdjustment) -> Self
}

extension ProjectedGradientDescent: AdjustableAttack {
  /// The attack with its radius and steps adjusted.
  public func adjusted(by adjustment: AttackAdjustment) -> Self {
    var attack = self
    attack.threat = adjustment.apply(to: threat)
    attack.stepSize = adjustment.apply(toStepSize: stepSize)
    attack.steps *= adjustment.steps
    return attack
  }
}

extension ExactLinearAttack: AdjustableAttack {
  /// The attack with its radius adjusted; it has no steps.
  public func adjusted(by adjustment: AttackAdjustment) -> Self {
    var attack = self
    attack.threat = adjustment.apply(to: threat)
    return attack
  }
}
