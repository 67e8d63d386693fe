public import Attacks
import Kernels
public import Networks
import Tensors

/// Training on bounds in place of examples: the cross-entropy of worst-case outputs, beside that of clean images.
///
/// Worst-case outputs hold for every image in the linf ball, so that a sample whose own class stays ahead of all others
/// in them is verified (Gowal et al. 2018). With z the outputs for the clean image and m the worst-case ones,
///
///     kappa CE(z, y) + (1 - kappa) CE(m, y)
///
/// where epsilon and kappa follow a schedule. With CROWN-IBP (Zhang et al. 2020) m is a mixture: beta of linear bounds
/// from the margins back to the image, which are tighter while epsilon is small, and 1 - beta of interval bounds. Dropout
/// acts on the clean images only, as bounds are those of evaluation.
public struct CertifiedTraining: TrainingMethod {
  /// The name in configurations: ibp or crown-ibp.
  public let name: String
  /// The set that bounds hold for when the ramp is at its end.
  public let threat: ThreatModel
  /// The course of epsilon and of the weights.
  public let schedule: BoundSchedule
  /// The loss of clean and of worst-case outputs.
  public let loss: TrainingLoss

  /// Creates the method.
  ///
  /// - Precondition: the threat's norm is linf.
  public init(
    name: String = "ibp", threat: ThreatModel, schedule: BoundSchedule,
    loss: TrainingLoss = TrainingLoss(.crossEntropy)
  ) {
    precondition(threat.norm == .linf, "interval bounds in \(threat.norm)")
    self.name = name
    self.threat = threat
    self.schedule = schedule
    self.loss = loss
  }

  /// The method with its schedule.
  public var label: String {
    let beta = "beta \(schedule.beta.first) to \(schedule.beta.last)"
    return "\(name) training: epsilon 0 to \(threat.epsilon) over epochs \(schedule.start) to "
      + "\(schedule.start + schedule.length), kappa \(schedule.kappa.first) to \(schedule.kappa.last)"
      + (schedule.usesRelaxations ? ", \(beta)" : "")
  }

  /// The gradient on the bounds of the batch; the hits are the samples that are verified at the epsilon of the step.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    let fraction = schedule.fraction(atEpoch: step.conditions.epoch)
    let threat = threat.with(epsilon: Float(Double(threat.epsilon) * fraction))
    let kappa = schedule.kappa.at(fraction)
    let beta = schedule.beta.at(fraction)
    let context = step.attackContext(trainingMode: false)
    let mode = learningMode(pass: step.firstPass(behind: 0), context)
    // Without a perturbation, clean outputs say all that bounds would.
    let needsBounds = threat.epsilon > 0 || kappa < 1
    let bounds = needsBounds ? try step.learner.loadedBounds(withRelaxations: beta > 0) : nil
    return try step.computeGradient { work in
      var result = (loss: 0.0, correct: 0)
      if kappa > 0 {
        result = try work.learn(loss, weight: kappa, mode: mode)
      }
      guard let sessions = bounds?.sessions(of: work.worker) else { return result }
      let worst = WorstCaseLoss(loss: loss, weight: 1 - kappa, threat: threat, beta: beta)
      let part = kappa > 0 ? work.workspace.secondGradient : work.gradient
      let found = try worst.learn(
        work.workspace.batch, sessions.intervals, sessions.relaxations, into: part)
      if kappa > 0 {
        Passes.selected.add(work.gradient.pointer, part.pointer, work.gradient.count)
      }
      return (result.loss + found.loss, found.verified)
    }
  }
}

extension TrainingStep.Work {
  /// A weighted loss of the clean images, and its gradient.
  func learn(
    _ loss: TrainingLoss, weight: Double, mode: ForwardMode
  ) throws -> (loss: Double, correct: Int) {
    let (session, batch) = (workspace.session, workspace.batch)
    try session.forward(mode)
    var sum = 0.0
    var correct = 0
    session.outputGradient.update(repeating: 0, count: batch.capacity * session.outputCount)
    for row in 0..<batch.count {
      let slot = session.outputGradient + row * session.outputCount
      let outputs = session.outputs(of: row)
      if predictedClass(outputs) == batch.labels[row] { correct += 1 }
      sum += weight * loss(outputs, label: batch.labels[row], gradient: slot)
      Passes.selected.scale(slot, by: Float(weight), session.outputCount)
    }
    try session.backwardParameters(into: gradient)
    return (sum, correct)
  }
}
