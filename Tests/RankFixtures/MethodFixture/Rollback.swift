import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Training

/// Says that the model has overfitted at the third measurement, and looks at what becomes of it.
private final class ScriptedObserver: TrainingObserver {
  let learner: Learner
  var probes = 0
  var goodWeights: [Float] = []
  var overfittedWeights: [Float] = []
  var found: [(String, Double)] = []
  var steps = 0

  init(_ learner: Learner) {
    self.learner = learner
  }

  func didTakeStep(
    _ outcome: StepOutcome, rate: Double, seconds: Double, at position: TrainingPosition
  ) throws {
    steps += 1
  }

  func didFinishEpoch(_ progress: EpochProgress, at position: TrainingPosition) throws {}

  func validate(at position: TrainingPosition) throws -> ValidationScore? { nil }

  func probeOverfitting(at position: TrainingPosition) throws -> OverfittingProbe? {
    probes += 1
    if probes == 2 { goodWeights = learner.model.parameters.values }
    if probes == 3 { overfittedWeights = learner.model.parameters.values }
    return OverfittingProbe(singleStep: 90, multiStep: probes == 3 ? 10 : 80, total: 100)
  }

  func didIntervene(_ intervention: GuardIntervention, at position: TrainingPosition) throws {
    let weights = learner.model.parameters.values
    found = [
      ("rolled-back", sameBits(weights, goodWeights)),
      ("had-moved", 1 - sameBits(overfittedWeights, goodWeights)),
      ("at-step", Double(position.step)), ("good-step", Double(intervention.goodStep ?? -1)),
      ("step-size-factor", intervention.state.stepSizeFactor),
      ("optimizer-step", Double(learner.optimizer.step)),
    ]
  }
}

extension MethodFixture {
  /// Two epochs of 8 steps with 4 measurements each; the third of them finds overfitting.
  static func rollBack(on world: Communicator) throws -> [(String, Double)] {
    let learner = try Problem.learner(Problem.images(32), on: world, rule: .adam())
    let observer = ScriptedObserver(learner)
    var settings = Trainer.Settings(
      method: AdversarialTraining(
        name: "fgsm", attack: ProjectedGradientDescent.fastGradientSign(threat: Problem.threat())),
      schedule: .constant(1e-3), batchSize: 4, epochs: 2,
      cadence: .init(everyEpochs: 0, everySteps: 0, keep: 1), identity: [:], environment: [:])
    settings.guards.catastrophicOverfitting = .init(
      remedy: .smallerStep(factor: 0.5), probesPerEpoch: 4, gap: 0.2, limit: 3)
    let trainer = Trainer(
      learner, positions: Array(0..<32), settings, observer: observer, checkpointing: nil)
    let end = try trainer.run()
    return observer.found + [
      ("probes", Double(observer.probes)), ("steps", Double(observer.steps)),
      ("final-optimizer-step", Double(learner.optimizer.step)), ("finished", end == .finished ? 1 : 0),
    ]
  }
}
