import Attacks
import Checkpoints
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import Training

extension MethodFixture {
  /// Writes one training step as files that other programs can check: `weights`, `step` (images, examples, labels) and
  /// `gradient`, all safetensors; prints the mean loss.
  static func export(
    _ name: String, norm: String, to folder: String, on world: Communicator
  ) throws -> [(String, Double)] {
    let (images, threat) = (Problem.images(10), Problem.threat(norm))
    let stepSize = threat.epsilon / 4
    let pgd = ProjectedGradientDescent(threat: threat, steps: 5, stepSize: stepSize)
    var attack: any Attack = pgd
    let method: any TrainingMethod
    switch name {
    case "trades", "mart":
      let paired = PairedTraining(
        PairedLoss(name == "mart" ? .mart : .trades, beta: name == "mart" ? 5 : 6), threat: threat, steps: 5,
        stepSize: stepSize)
      method = paired
      attack = paired.attack
    case "ibp", "crown-ibp":
      // In the middle of a ramp: step 3 of no run in particular, with all weights of the mixture in use.
      method = CertifiedTraining(
        name: name, threat: threat,
        schedule: BoundSchedule(
          start: 0, length: 0, kappa: .init(1, 0.4),
          beta: .init(0, name == "ibp" ? 0 : 0.7)))
    case "awp":
      method = AdversarialWeightPerturbation(AdversarialTraining(name: "pgd", attack: pgd), gamma: 0.01)
    case "smoothed":
      method = AdversarialTraining(
        name: "pgd", attack: pgd, loss: TrainingLoss(.crossEntropy, labelSmoothing: 0.1))
    default:
      method = AdversarialTraining(name: "pgd", attack: pgd)
    }
    let learner = try Problem.learner(images, on: world)
    let weights = learner.model.parameters.namedTensors()
    let outcome = try learner.takeStep(3, rate: 0, on: ArraySlice(0..<10), by: method)

    let workspace = try AttackWorkspace(learner.model.network)
    var examples: [Float] = []
    for start in stride(from: 0, to: 10, by: Problem.microbatch) {
      let rows = start..<min(start + Problem.microbatch, 10)
      workspace.fill(rows, of: images)
      try attack.runKeepingWorst(
        workspace.batch, on: workspace.session, loss: .crossEntropy,
        AttackContext(seed: learner.seed, step: 3))
      examples += UnsafeBufferPointer(start: workspace.session.images, count: rows.count * 144)
    }
    let step = [
      NamedTensor(name: "images", shape: [10, 1, 12, 12], values: (0..<10).flatMap { images.image(at: $0) }),
      NamedTensor(name: "examples", shape: [10, 1, 12, 12], values: examples),
      NamedTensor(name: "labels", shape: [10], values: images.labels.map { Float($0) }),
    ]
    for (file, tensors) in [
      ("weights", weights), ("step", step), ("gradient", learner.model.gradient.namedTensors()),
    ] {
      try SafetensorsFile(tensors: tensors).write(to: "\(folder)/\(file).safetensors")
    }
    return [("loss", outcome.batch.loss / 10)]
  }
}
