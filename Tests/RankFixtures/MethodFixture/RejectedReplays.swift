import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import Training

extension MethodFixture {
  /// Replays of free training that are rejected, and then a batch that is spread over the ranks in another way.
  ///
  /// The first of its images is not finite, so that the steps on the first batch are rejected, which move the
  /// perturbations of the other rows on all the same.
  static func rejectReplays(on world: Communicator) throws -> [(String, Double)] {
    let sound = Problem.images(24)
    var values = (0..<24).flatMap { sound.image(at: $0) }
    values[0] = .nan
    let images = LabeledImages(
      name: "damaged", channels: 1, height: 12, width: 12, classCount: 10, values: values,
      labels: sound.labels)
    let replays = 2
    let method = FreeAdversarialTraining(
      threat: Problem.threat(), stepSize: 0.04, replays: replays, loss: TrainingLoss(.crossEntropy))

    let learner = try Problem.learner(images, on: world)
    let initial = learner.model.parameters.copied()
    var rejected = 0
    for step in 0..<replays {
      do {
        _ = try learner.takeStep(step, rate: 0.05, on: ArraySlice(0..<8), by: method)
      } catch let rejection as StepRejection where rejection.reason == .nonFiniteLoss {
        rejected += 1
      }
    }
    let unchanged = sameBits(learner.model.parameters.values, initial.values)
    let fresh = try Problem.learner(images, on: world)
    for learner in [learner, fresh] {
      _ = try learner.takeStep(replays, rate: 0.05, on: ArraySlice(8..<24), by: method)
    }

    let weights = learner.model.parameters.values
    let checksum = weights.reduce(UInt64(0)) { ($0 &* 31 &+ UInt64($1.bitPattern)) % (1 << 50) }
    return [
      ("rejected", Double(rejected)), ("unchanged", unchanged), ("weights", Double(checksum)),
      ("carried-matters", 1 - sameBits(weights, fresh.model.parameters.values)),
    ]
  }
}
