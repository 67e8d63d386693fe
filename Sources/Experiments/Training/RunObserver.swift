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
  private let log: RunLog?
  /// Nil without a validation split.
  private let validation: RobustEvaluator?
  /// Nil where the attack chooses the best checkpoint.
  private let bounds: IntervalValidator?
  /// Nil without a guard that measures held-out samples.
  private let probe: RobustEvaluator?
  private let outputs: Int
  private let clock = ContinuousClock()
  private let model: DataParallelModel
  private let images: LabeledImages
  /// The images of the validation split.
  private let positions: [Int]
  private var progress: TrainingProgress
  /// Where the time of the epoch went, as far as it was since the start.
  private var phases = PhaseSeconds()
  private var spoken = ContinuousClock.now
  private var hasWarned = false

  /// The validation samples whose adversarial examples are shown.
  private static let shownExamples = 8

  init(_ experiment: Experiment, console: Console, log: RunLog?) throws {
    configuration = experiment.configuration
    self.console = console
    self.log = log
    images = experiment.data.dataset.train
    progress = TrainingProgress(
      everyEpochs: experiment.data.split.validation.isEmpty ? 0 : configuration.evaluation.everyEpochs)
    outputs = experiment.architecture.outputs
    model = experiment.model
    let held = experiment.data.split.validation
    positions = held
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
    phases += PhaseSeconds(outcome, seconds: seconds)
    progress.add(outcome, seconds: seconds, at: position)
    if let warning = model.reductionWarning, !hasWarned {
      console.warn(warning)
      try log?.append(WarningRecord(warning))
      hasWarned = true
    }
    // The position is behind the step; the step itself may have been the last of its epoch.
    try log?.didTakeStep(
      StepRecord(
        step: position.step, epoch: (position.step - 1) / position.stepsPerEpoch,
        loss: outcome.batch.loss / Double(outcome.batch.samples), correct: outcome.batch.correct,
        total: outcome.batch.samples, learningRate: rate, seconds: seconds))
    showProgress()
  }

  /// Says how far the run is, where nothing was said for a while.
  private func showProgress() {
    guard console.isSpeaker, clock.now - spoken >= console.progressInterval else { return }
    spoken = clock.now
    console.show(progress.words)
  }

  func didFinishEpoch(_ progress: EpochProgress, at position: TrainingPosition) throws {
    let count = AccuracyCount(correct: progress.correct, total: progress.samples)
    let loss = progress.loss / Double(progress.samples)
    try log?.didFinishEpoch(
      EpochRecord(
        epoch: position.epoch - 1, step: position.step, loss: loss, training: count,
        seconds: progress.seconds, phases: phases))
    phases = PhaseSeconds()
    // A thousand short epochs would bury what else is said; metrics.jsonl has them all.
    guard position.epoch % max(position.epochs / 50, 1) == 0 || position.isAtEnd else { return }
    let method = configuration.training.method
    let name =
      method.usesBounds
      ? "verified training" : method.isAdversarial ? "adversarial training" : "training"
    console.note(
      "epoch \(position.epoch)/\(position.epochs)  step \(position.step)  loss \(fixed(loss, 4))  "
        + "\(name) accuracy \(percent(count))  \(fixed(Double(progress.samples) / progress.seconds, 0)) samples/s  "
        + "(\(self.progress.phases.shares))")
    self.progress.beginEpoch()
    spoken = clock.now
  }

  func validate(at position: TrainingPosition) throws -> ValidationScore? {
    let score = try measureValidation(at: position)
    try log?.didEndEpoch()
    return score
  }

  private func measureValidation(at position: TrainingPosition) throws -> ValidationScore? {
    guard let validation else { return nil }
    let every = configuration.evaluation.everyEpochs
    guard position.epoch % every == 0 || position.isAtEnd else { return nil }
    if console.hasTerminal { console.show("epoch \(position.epoch)/\(position.epochs)  validating") }
    let begun = clock.now
    let clean = try validation.measureClean()
    let cleanCount = AccuracyCount(correct: clean.correct, total: clean.total)
    let settings = configuration.evaluation.attack
    let attack = settings.makeAttack(threat: configuration.threat.model, outputs: outputs)
    let robust = try attack.map {
      try validation.measure($0, clean: clean, keeping: Self.shownExamples)
    }
    let robustCount = robust.map { AccuracyCount(correct: $0.correct, total: $0.total) }
    let label = robust?.attack.label ?? "none"
    let threat = configuration.threat.model
    let verified = try bounds.map {
      AccuracyCount(correct: try $0.countVerified(threat), total: clean.total)
    }
    let record = EvaluationMetrics(
      step: position.step, split: "validation", attack: label, clean: cleanCount, robust: robustCount,
      verified: verified, seconds: (clock.now - begun).inSeconds)
    progress.add(record)
    try log?.didValidate(record, picture: robust.flatMap(picture))
    var text = "validation: clean \(percent(cleanCount))"
    if let robustCount { text += ", robust \(percent(robustCount)) under \(label)" }
    if let verified { text += ", verified \(percent(verified)) at epsilon \(threat.epsilon)" }
    console.note(text + " (n = \(clean.total))")
    spoken = clock.now
    return ValidationScore(
      correct: verified?.correct ?? robust?.correct ?? clean.correct, total: clean.total)
  }

  /// The first samples of a validation, in the same places every time.
  private func picture(_ result: AttackResult) -> PNGImage? {
    guard !result.examples.isEmpty,
      let picture = ExamplePicture(channels: images.channels, height: images.height, width: images.width)
    else { return nil }
    let held = positions.prefix(Self.shownExamples).flatMap { images.image(at: $0) }
    return picture.grid(
      AdversarialExample.all(
        result.clean, predictions: result.predictions, images: held, examples: result.examples,
        size: images.imageSize))
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
    try log?.append(
      GuardRecord(
        step: position.step, guardName: intervention.kind.rawValue, message: intervention.message,
        probe: intervention.probe.map {
          GuardRecord.Probe(singleStep: $0.singleStep, multiStep: $0.multiStep, total: $0.total)
        },
        goodStep: intervention.goodStep, stepSizeFactor: intervention.state.stepSizeFactor,
        stepsFactor: intervention.state.stepsFactor))
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
