import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import Training

extension MethodFixture {
  private static let gamma = 0.02

  /// One step of PGD training with perturbed weights and rate 0, against the same by hand.
  static func perturbWeights(on world: Communicator) throws -> [(String, Double)] {
    let images = Problem.images(10)
    let method = AdversarialTraining(
      name: "pgd",
      attack: ProjectedGradientDescent(threat: Problem.threat(), steps: 3, stepSize: 0.05))
    let perturbed = try Problem.learner(images, on: world)
    let before = perturbed.model.parameters.values
    let wrapped = AdversarialWeightPerturbation(method, gamma: gamma)
    _ = try perturbed.takeStep(5, rate: 0, on: ArraySlice(0..<10), by: wrapped)

    let plain = try Problem.learner(images, on: world)
    _ = try plain.takeStep(5, rate: 0, on: ArraySlice(0..<10), by: method)
    let weights = plain.model.parameters.copied()
    for entry in weights.layout.entries where entry.shape.count > 1 {
      let gradient = plain.model.gradient.values(entry)
      let factor = gamma * length(weights.values(entry)) / length(gradient)
      for i in 0..<entry.count {
        weights.values(entry)[i] = Float(Double(weights.values(entry)[i]) + factor * Double(gradient[i]))
      }
    }
    // Adversarial examples for the weights as they were, then a gradient for the others.
    let workspace = try AttackWorkspace(plain.model.network)
    let context = AttackContext(seed: plain.seed, step: 5)
    let gradient = ParameterArena(weights.layout)
    let sum = ParameterArena(weights.layout)
    for start in stride(from: 0, to: 10, by: Problem.microbatch) {
      workspace.fill(start..<min(start + Problem.microbatch, 10), of: images)
      try plain.model.parametersChanged()
      try method.attack?.runKeepingWorst(
        workspace.batch, on: workspace.session, loss: .crossEntropy, context)
      try plain.model.network.load(weights)
      _ = try workspace.learn(TrainingLoss(.crossEntropy), mode: .evaluation, into: gradient)
      for i in 0..<sum.count { sum.pointer[i] += gradient.pointer[i] / 10 }
    }
    return [
      ("weights-restored", sameBits(perturbed.model.parameters.values, before)),
      ("gradient-error", relativeDifference(perturbed.model.gradient.values, sum.values)),
      ("gradient-change", relativeDifference(plain.model.gradient.values, sum.values)),
    ]
  }

  /// Three replays of two batches of 8 and 5, against the published loop written out.
  static func replayBatches(on world: Communicator) throws -> [(String, Double)] {
    let images = Problem.images(13)
    let threat = Problem.threat()
    let (replays, rate, stepSize) = (3, 0.05, Float(0.04))
    let learner = try Problem.learner(images, on: world)
    let method = FreeAdversarialTraining(
      threat: threat, stepSize: stepSize, replays: replays, loss: TrainingLoss(.crossEntropy))
    let batches = [0..<8, 8..<13]

    let network = try CompiledNetwork(Problem.architecture, microbatch: 8)
    let weights = Problem.architecture.initialParameters(seed: 1)
    let workspace = try AttackWorkspace(network)
    let gradient = ParameterArena(weights.layout)
    var delta = [Float](repeating: 0, count: 8 * 144)
    var losses: [(Double, Double)] = []
    for step in 0..<2 * replays {
      let batch = batches[step / replays]
      let outcome = try learner.takeStep(step, rate: rate, on: ArraySlice(batch), by: method)

      try network.load(weights)
      workspace.fill(batch, of: images)
      let session = workspace.session
      for i in 0..<batch.count * 144 { session.images[i] += delta[i] }
      let result = try workspace.learn(
        TrainingLoss(.crossEntropy), mode: .evaluation, into: gradient, andImages: true)
      for i in 0..<batch.count * 144 {
        let clean = workspace.batch.images.pointer[i]
        let direction: Float = session.imageGradient[i] > 0 ? 1 : session.imageGradient[i] < 0 ? -1 : 0
        let moved = min(max(delta[i] + stepSize * direction, -threat.epsilon), threat.epsilon)
        delta[i] = min(max(moved, -clean), 1 - clean)
      }
      for i in 0..<weights.count {
        weights.pointer[i] -= Float(rate) * gradient.pointer[i] / Float(batch.count)
      }
      losses.append((outcome.batch.loss, result.loss))
    }
    let moved = relativeDifference(
      Problem.architecture.initialParameters(seed: 1).values, weights.values)
    return [
      ("weights-error", relativeDifference(learner.model.parameters.values, weights.values)),
      ("weights-change", moved),
      ("loss-error", losses.map { abs($0.0 - $0.1) / $0.1 }.max() ?? 1),
    ]
  }

  /// The length of steps with a limit of half the gradient's length, and of twice.
  static func clipGradients(on world: Communicator) throws -> [(String, Double)] {
    let images = Problem.images(8)
    let method = AdversarialTraining(name: "standard", attack: nil)
    func change(_ limit: Double?) throws -> Double {
      let learner = try Problem.learner(images, on: world)
      let before = learner.model.parameters.values
      let conditions = StepConditions(rate: 1, gradientLimit: limit)
      _ = try learner.takeStep(0, conditions, on: ArraySlice(0..<8), by: method)
      return length(zip(learner.model.parameters.values, before).map { $0 - $1 })
    }
    let whole = try change(nil)
    return [
      ("half", try change(whole / 2) / whole), ("twice", try change(2 * whole) / whole),
    ]
  }
}
