import Attacks
import Networks
import Training

extension ExperimentConfiguration {
  /// The method and what is wrapped around it, for a network with so many outputs.
  func makeMethod(outputs: Int) -> any TrainingMethod {
    let method = training.makeMethod(
      threat: threat.model, outputs: outputs, attackStatistics: attack.statistics)
    guard weightPerturbation.gamma > 0 else { return method }
    return AdversarialWeightPerturbation(
      method, gamma: weightPerturbation.gamma, warmup: weightPerturbation.warmup)
  }
}

extension TrainingConfiguration {
  /// The method, for a network with so many outputs.
  ///
  /// - Parameter attackStatistics: The statistics that batch normalization uses in attacks; nil for those that go with
  ///   `attackMode`.
  func makeMethod(
    threat: ThreatModel, outputs: Int, attackStatistics: ForwardMode.Statistics? = nil
  ) -> any TrainingMethod {
    switch method {
    case .softMarginSVM:
      return SoftMarginSVM(penalty: penalty)
    case .ibp, .crownIBP:
      return CertifiedTraining(
        name: method.rawValue, threat: threat.with(epsilon: Float(bounds.epsilon)), schedule: bounds.schedule)
    case .noise:
      return NoiseAugmentation(sigma: sigma, loss: minimizedLoss)
    case .free:
      return FreeAdversarialTraining(
        threat: threat, stepSize: Float(stepSize), replays: replays, loss: minimizedLoss)
    case .trades, .mart:
      var paired = PairedTraining(
        PairedLoss(method == .trades ? .trades : .mart, beta: beta, labelSmoothing: labelSmoothing),
        threat: threat, steps: steps, stepSize: Float(stepSize),
        attacksInTrainingMode: attackMode == .training)
      paired.attackStatistics = attackStatistics
      return paired
    case .standard, .exact, .fgsm, .fgsmRandomStart, .pgd:
      var training = AdversarialTraining(
        name: method.rawValue, attack: makeAttack(threat: threat, outputs: outputs), loss: minimizedLoss,
        attacksInTrainingMode: attackMode == .training, cleanFraction: cleanFraction)
      training.attackStatistics = attackStatistics
      return training
    }
  }

  /// What is minimized: where the loss is one that only drives attacks, cross-entropy.
  private var minimizedLoss: TrainingLoss {
    switch lossFunction {
    case .hinge, .logistic: TrainingLoss(lossFunction.function)
    default: TrainingLoss(.crossEntropy, labelSmoothing: labelSmoothing)
    }
  }

  private func makeAttack(threat: ThreatModel, outputs: Int) -> (any Attack)? {
    let function = lossFunction.function
    switch method {
    case .exact:
      return ExactLinearAttack(threat: threat, outputs: outputs)
    case .fgsm:
      return ProjectedGradientDescent.fastGradientSign(
        threat: threat, stepSize: Float(stepSize), loss: function)
    case .fgsmRandomStart:
      return ProjectedGradientDescent.fastGradientSignRandomStart(
        threat: threat, stepSize: Float(stepSize), loss: function)
    case .pgd:
      return ProjectedGradientDescent(
        threat: threat, steps: steps, stepSize: Float(stepSize), randomStart: randomStart,
        restarts: restarts, loss: function)
    case .standard, .noise, .free, .trades, .mart, .ibp, .crownIBP, .softMarginSVM:
      return nil
    }
  }
}

extension BoundScheduleConfiguration {
  /// The course of epsilon and of the loss's weights.
  fileprivate var schedule: BoundSchedule {
    BoundSchedule(
      start: rampStart, length: rampLength, shape: ramp == .smooth ? .smooth : .linear,
      kappa: .init(kappaStart, kappaEnd), beta: .init(betaStart, betaEnd))
  }
}

extension AveragingConfiguration {
  /// The average; nil for none.
  var averaging: WeightAveraging? {
    switch method {
    case .none: nil
    case .ema: WeightAveraging(.exponential(decay: decay), from: from)
    case .swa: WeightAveraging(.stochastic, from: from)
    }
  }
}

extension GuardsConfiguration {
  /// The guards.
  var guards: TrainingGuards {
    var guards = TrainingGuards()
    let overfitting = catastrophicOverfitting
    let remedy: TrainingGuards.CatastrophicOverfitting.Remedy? =
      switch overfitting.action {
      case .none: nil
      case .stop: .stop
      case .smallerStep: .smallerStep(factor: overfitting.factor)
      case .moreSteps: .moreSteps
      }
    guards.catastrophicOverfitting = remedy.map {
      TrainingGuards.CatastrophicOverfitting(
        remedy: $0, probesPerEpoch: overfitting.perEpoch, gap: overfitting.gap, limit: overfitting.limit)
    }
    guards.patience = robustOverfitting.action == .stop ? robustOverfitting.patience : nil
    guards.nonFinite = nonFinite.action == .skip ? .skip : .stop
    guards.skipLimit = skipLimit
    if lossSpike.action != .none {
      guards.lossSpike = TrainingGuards.LossSpike(
        factor: lossSpike.factor, reaction: lossSpike.action == .skip ? .skip : .stop)
    }
    return guards
  }
}
