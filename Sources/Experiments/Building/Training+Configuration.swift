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

extension TrainingConfiguration {
  /// The method, for a network with so many outputs.
  func makeMethod(threat: ThreatModel, outputs: Int) -> any TrainingMethod {
    let function = lossFunction.function
    // Losses of attacks alone: what is minimized is then cross-entropy.
    let minimized = lossFunction.isForAttacksOnly ? Networks.LossFunction.crossEntropy : function
    let attack: (any Attack)?
    switch method {
    case .softMarginSVM:
      return SoftMarginSVM(penalty: penalty)
    case .standard:
      attack = nil
    case .exact:
      attack = ExactLinearAttack(threat: threat, outputs: outputs)
    case .fgsm:
      attack = ProjectedGradientDescent.fastGradientSign(
        threat: threat, stepSize: Float(stepSize), loss: function)
    case .fgsmRandomStart:
      attack = ProjectedGradientDescent.fastGradientSignRandomStart(
        threat: threat, stepSize: Float(stepSize), loss: function)
    case .pgd:
      attack = ProjectedGradientDescent(
        threat: threat, steps: steps, stepSize: Float(stepSize), randomStart: randomStart,
        restarts: restarts, loss: function)
    }
    return AdversarialTraining(
      name: method.rawValue, attack: attack, loss: minimized,
      attacksInTrainingMode: attackMode == .training)
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
    case .apgdCrossEntropy:
      return AutoProjectedGradientDescent(
        threat: threat, loss: outputs == 1 ? .logistic : .crossEntropy, steps: steps, restarts: restarts)
    case .apgdLogitRatio:
      return AutoProjectedGradientDescent(
        threat: threat, loss: .differenceOfLogitsRatio, steps: steps, restarts: restarts)
    case .apgdTargeted:
      return AutoProjectedGradientDescent(
        threat: threat, steps: steps, restarts: restarts, targetClasses: min(targetClasses, outputs - 1))
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
