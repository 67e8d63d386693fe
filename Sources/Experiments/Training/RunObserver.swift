import Attacks
import DataParallel
import Datasets
import Evaluation
import Foundation
import Networks
import Reports
import Training

/// Follows a training run: writes its metrics, tells the console, and validates when it is time.
final class RunObserver: TrainingObserver {
  private let configuration: ExperimentConfiguration
  private let console: Console
  /// Nil on all ranks but 0.
  private let metrics: MetricsLog?
  /// Nil without a validation split.
  private let validation: RobustEvaluator?
  /// Nil where the attack chooses the best checkpoint.
  private let bounds: IntervalValidator?
  /// Nil without a guard that measures held-out samples.
  private let probe: RobustEvaluator?
  private let outputs: Int
  private let clock = ContinuousClock()
  private let start = ContinuousClock.now
  private let model: DataParallelModel
  private var phases = PhaseSeconds()
  private var hasWarned = false

  init(
    _ experiment: Experiment, console: Console, metrics: MetricsLog?
  ) throws {
    configuration = experiment.configuration
    self.console = console
    self.metrics = metrics
    outputs = experiment.architecture.outputs
    model = experiment.model
    let held = experiment.data.split.validation
    validation =
      held.isEmpty || configuration.evaluation.everyEpochs == 0
      ? nil
      : try RobustEvaluator(
        experiment.model, images: experiment.data.dataset.train, positions: held, seed: configuration.seed,
        onRootOnly: configuration.evaluation.on == .rank0)
    bounds =
      validation == nil || configuration.evaluation.validateBy == .attack
      ? nil
      : try IntervalValidator(
        experiment.model, images: experiment.data.dataset.train, positions: held,
        onRootOnly: configuration.evaluation.on == .rank0)
    let overfitting = configuration.guards.catastrophicOverfitting
    probe =
      held.isEmpty || overfitting.action == .none
      ? nil
      : try RobustEvaluator(
        experiment.model, images: experiment.data.dataset.train,
        positions: Array(held.prefix(overfitting.samples)), seed: configuration.seed)
  }

  func didTakeStep(
    _ outcome: StepOutcome, rate: Double, seconds: Double, at position: TrainingPosition
  ) throws {
    phases.add(outcome, seconds: seconds)
    if let warning = model.reductionWarning, !hasWarned {
      console.warn(warning)
      try metrics?.append(WarningRecord(warning))
      hasWarned = true
    }
    // The position is behind the step; the step itself may have been the last of its epoch.
    try metrics?.append(
      StepRecord(
        step: position.step, epoch: (position.step - 1) / position.stepsPerEpoch,
        loss: outcome.batch.loss / Double(outcome.batch.samples), correct: outcome.batch.correct,
        total: outcome.batch.samples, learningRate: rate, seconds: seconds))
  }

  func didFinishEpoch(_ progress: EpochProgress, at position: TrainingPosition) throws {
    let count = AccuracyCount(correct: progress.correct, total: progress.samples)
    let loss = progress.loss / Double(progress.samples)
    try metrics?.append(
      EpochRecord(
        epoch: position.epoch - 1, step: position.step, loss: loss, training: count,
        seconds: progress.seconds))
    // A thousand short epochs would bury what else is said; metrics.jsonl has them all.
    guard position.epoch % max(position.epochs / 50, 1) == 0 || position.isAtEnd else { return }
    let method = configuration.training.method
    let name =
      method.usesBounds
      ? "verified training" : method.isAdversarial ? "adversarial training" : "training"
    console.note(
      "epoch \(position.epoch)/\(position.epochs)  step \(position.step)  loss \(fixed(loss, 4))  "
        + "\(name) accuracy \(percent(count))  \(fixed(Double(progress.samples) / progress.seconds, 0)) samples/s  "
        + phases.shares)
    phases = PhaseSeconds()
  }

  func validate(at position: TrainingPosition) throws -> ValidationScore? {
    guard let validation else { return nil }
    let every = configuration.evaluation.everyEpochs
    guard position.epoch % every == 0 || position.isAtEnd else { return nil }
    let begun = clock.now
    let clean = try validation.measureClean()
    let cleanCount = AccuracyCount(correct: clean.correct, total: clean.total)
    let settings = configuration.evaluation.attack
    let attack = settings.makeAttack(threat: configuration.threat.model, outputs: outputs)
    let robust = try attack.map { try validation.measure($0, clean: clean) }
    let robustCount = robust.map { AccuracyCount(correct: $0.correct, total: $0.total) }
    let label = robust?.attack.label ?? "none"
    let threat = configuration.threat.model
    let verified = try bounds.map {
      AccuracyCount(correct: try $0.countVerified(threat), total: clean.total)
    }
    try metrics?.append(
      EvaluationMetrics(
        step: position.step, split: "validation", attack: label, clean: cleanCount, robust: robustCount,
        verified: verified, seconds: (clock.now - begun).inSeconds))
    var text = "validation: clean \(percent(cleanCount))"
    if let robustCount { text += ", robust \(percent(robustCount)) under \(label)" }
    if let verified { text += ", verified \(percent(verified)) at epsilon \(threat.epsilon)" }
    console.note(text + " (n = \(clean.total))")
    return ValidationScore(
      correct: verified?.correct ?? robust?.correct ?? clean.correct, total: clean.total)
  }

  func probeOverfitting(at position: TrainingPosition) throws -> OverfittingProbe? {
    guard let probe else { return nil }
    let threat = configuration.threat.model
    let steps = configuration.guards.catastrophicOverfitting.steps
    let clean = try probe.measureClean()
    let loss = configuration.training.lossFunction.function
    let single = try probe.measure(
      ProjectedGradientDescent.fastGradientSign(threat: threat, loss: loss), clean: clean)
    let multiple = try probe.measure(
      ProjectedGradientDescent(
        threat: threat, steps: steps, stepSize: 2.5 * threat.epsilon / Float(steps), loss: loss),
      clean: clean)
    return OverfittingProbe(singleStep: single.correct, multiStep: multiple.correct, total: clean.total)
  }

  func didIntervene(_ intervention: GuardIntervention, at position: TrainingPosition) throws {
    console.warn(intervention.message)
    try metrics?.append(
      GuardRecord(
        step: position.step, guardName: intervention.kind.rawValue, message: intervention.message,
        probe: intervention.probe.map {
          GuardRecord.Probe(singleStep: $0.singleStep, multiStep: $0.multiStep, total: $0.total)
        },
        goodStep: intervention.goodStep, stepSizeFactor: intervention.state.stepSizeFactor,
        stepsFactor: intervention.state.stepsFactor))
  }
}

/// Where a rank's time goes.
private struct PhaseSeconds {
  private var attack = 0.0
  private var compute = 0.0
  private var reduce = 0.0
  private var total = 0.0

  mutating func add(_ outcome: StepOutcome, seconds: Double) {
    attack += outcome.attackSeconds
    compute += outcome.computeSeconds
    reduce += outcome.reduceSeconds
    total += seconds
  }

  /// The shares of attack, gradient and reduction, waiting for other ranks included, in words.
  var shares: String {
    guard total > 0 else { return "" }
    let share = { (seconds: Double) in "\(Int((100 * seconds / total).rounded())) %" }
    return
      "(attack \(share(attack)), gradient \(share(max(compute - attack, 0))), reduction \(share(reduce)))"
  }
}

/// A number with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}

/// An accuracy in percent.
func percent(_ count: AccuracyCount) -> String {
  fixed(100 * count.accuracy, 2) + " %"
}
