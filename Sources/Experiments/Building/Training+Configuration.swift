import Attacks
import DataParallel
import Networks
import Training

extension ThreatConfiguration {
  /// The threat model of attacks.
  var model: ThreatModel {
    ThreatModel(norm: norm.attackNorm, epsilon: Float(epsilon), box: box)
  }
}

extension ThreatConfiguration.Norm {
  var attackNorm: Attacks.Norm {
    switch self {
    case .linf: .linf
    case .l2: .l2
    case .l1: .l1
    }
  }
}

extension TrainingConfiguration.LossFunction {
  var function: Networks.LossFunction {
    switch self {
    case .crossEntropy: .crossEntropy
    case .margin: .margin
    case .differenceOfLogitsRatio: .differenceOfLogitsRatio
    case .hinge: .hinge
    case .logistic: .logistic
    }
  }
}

extension AttackConfiguration {
  /// The attack against a network with so many outputs; nil for `none`.
  func makeAttack(threat: ThreatModel, outputs: Int) -> (any Attack)? {
    let loss = lossFunction.function
    var attack: ProjectedGradientDescent
    switch name {
    case .none:
      return nil
    case .noise:
      return RandomNoise(threat: threat, restarts: restarts)
    case .exact:
      return ExactLinearAttack(threat: threat, outputs: outputs)
    case .fab:
      return FastAdaptiveBoundary(threat: threat, steps: steps, restarts: restarts)
    case .fabTargeted:
      // A single score stands for two classes.
      return FastAdaptiveBoundary(
        threat: threat, steps: steps, restarts: restarts,
        targetClasses: min(targetClasses, max(outputs, 2) - 1))
    case .square:
      return SquareAttack(threat: threat, queries: queries, restarts: restarts)
    case .apgdCrossEntropy:
      return AutoProjectedGradientDescent(
        threat: threat, loss: outputs == 1 ? .logistic : .crossEntropy, steps: steps, restarts: restarts)
    case .apgdLogitRatio:
      return AutoProjectedGradientDescent(
        threat: threat, loss: .differenceOfLogitsRatio, steps: steps, restarts: restarts)
    case .apgdTargeted:
      return AutoProjectedGradientDescent(
        threat: threat, steps: steps, restarts: restarts, targetClasses: min(targetClasses, outputs - 1))
    case .autoattack:
      return autoAttack?.ensemble(threat: threat, classes: outputs)
    case .fgsm:
      attack = .fastGradientSign(threat: threat, stepSize: Float(stepSize), loss: loss)
    case .fgsmRandomStart:
      attack = .fastGradientSignRandomStart(
        threat: threat, stepSize: Float(stepSize), restarts: restarts, loss: loss)
    case .pgd:
      attack = ProjectedGradientDescent(
        threat: threat, steps: steps, stepSize: Float(stepSize), randomStart: randomStart,
        restarts: restarts, loss: loss)
    }
    if targeted {
      attack.target = .everyOther
      attack.restarts *= max(outputs - 1, 1)
    }
    return attack
  }
}

extension WatchdogConfiguration {
  /// How long a rank may go without progress.
  var limits: WatchdogLimits {
    WatchdogLimits(
      step: seconds, startUp: startUpSeconds, evaluation: evaluationSeconds, saving: savingSeconds)
  }
}

extension OptimizerConfiguration {
  /// The update rule.
  var rule: OptimizerRule {
    switch name {
    case .sgd:
      .sgd(momentum: Float(momentum), nesterov: nesterov, weightDecay: Float(weightDecay))
    case .adam:
      .adam(beta1: beta1, beta2: beta2, epsilon: Float(epsilon), weightDecay: Float(weightDecay))
    case .adamw:
      .adamW(beta1: beta1, beta2: beta2, epsilon: Float(epsilon), weightDecay: Float(weightDecay))
    }
  }
}

extension ScheduleConfiguration {
  /// The learning rates.
  var learningRates: LearningRateSchedule {
    let rising = { (schedule: LearningRateSchedule) -> LearningRateSchedule in
      warmup > 0 ? .warmedUp(schedule, epochs: warmup) : schedule
    }
    return switch name {
    case .constant: rising(.constant(learningRate))
    case .piecewise: rising(.piecewise(learningRate, milestones: milestones, factor: factor))
    case .cyclic: .cyclic(peak: learningRate, peakFraction: peakAt)
    case .cosine: .cosine(peak: learningRate, minimum: minimum, warmup: warmup)
    }
  }
}
