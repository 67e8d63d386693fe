import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import TestSupport
import Training

/// Trains the planar problem on its exact worst case and prints `w0 w1 bias` in decimal.
///
/// Usage: LinearTrainingFixture hinge|logistic l2|linf exact|pgd
@main
struct LinearTrainingFixture {
  static func main() {
    withMPI(exitCode: { _ in 70 }) { world in
      let arguments = CommandLine.arguments
      let loss = LossFunction(rawValue: arguments[1]) ?? .hinge
      let threat = ThreatModel(
        norm: arguments[2] == "l2" ? .l2 : .linf, epsilon: PlanarProblem.epsilon, box: false)
      let attack: any Attack =
        arguments[3] == "exact"
        ? ExactLinearAttack(threat: threat, outputs: 1)
        : ProjectedGradientDescent(
          threat: threat, steps: 10, stepSize: threat.epsilon, randomStart: false, loss: loss)
      let weights = try train(
        AdversarialTraining(name: arguments[3], attack: attack, loss: TrainingLoss(loss)), on: world)
      if world.isRoot { print(weights.map { "\($0)" }.joined(separator: " ")) }
      return 0
    }
  }

  private static func train(_ method: any TrainingMethod, on world: Communicator) throws -> [Float] {
    let count = PlanarProblem.points.count
    let images = LabeledImages(
      name: "planar", channels: 1, height: 1, width: 2, classCount: 2,
      values: PlanarProblem.points.flatMap { $0 }, labels: PlanarProblem.labels.map { UInt8($0) })
    let architecture = Architecture.linearBinary(input: ImageShape(channels: 1, height: 1, width: 2))
    let network = try CompiledNetwork(architecture, microbatch: 4)
    let model = try DataParallelModel(
      network, parameters: architecture.initialParameters(seed: 1), communicator: world, threads: 1)
    let learner = try Learner(
      model: model, optimizer: Optimizer(.adam(), network.parameterLayout), images: images, seed: 1)
    let schedule = LearningRateSchedule.cosine(peak: 0.1, minimum: 0, warmup: 0)
    let steps = 6000
    for step in 0..<steps {
      let rate = schedule.rate(step: step, stepsPerEpoch: 1, totalSteps: steps)
      _ = try learner.takeStep(step, rate: rate, on: Array(0..<count)[...], by: method)
    }
    return learner.model.parameters.namedTensors().flatMap(\.values)
  }
}
