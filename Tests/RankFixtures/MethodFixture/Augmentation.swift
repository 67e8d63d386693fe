import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors
import Training

extension MethodFixture {
  /// Steps with crops and flips in an epoch against the same steps on images that were changed beforehand.
  static func augment(on world: Communicator) throws -> [(String, Double)] {
    let images = Problem.images(13)
    let epoch = 3
    let augmentation = ImageAugmentation(crop: 2, flip: true)
    let changed = changedImages(images, seed: 9, epoch: UInt64(epoch))
    let pgd = AdversarialTraining(
      name: "pgd", attack: ProjectedGradientDescent(threat: Problem.threat(), steps: 3, stepSize: 0.05))
    let methods: [(String, any TrainingMethod)] = [
      ("pgd", pgd), ("perturbed-weights", AdversarialWeightPerturbation(pgd, gamma: 0.02)),
      (
        "free",
        FreeAdversarialTraining(
          threat: Problem.threat(), stepSize: 0.04, replays: 3, loss: TrainingLoss(.crossEntropy))
      ),
      (
        "trades",
        PairedTraining(PairedLoss(.trades, beta: 6), threat: Problem.threat(), steps: 2, stepSize: 0.05)
      ),
    ]
    var found: [(String, Double)] = []
    for (name, method) in methods {
      /// The weights behind three steps within the epoch.
      func weights(_ images: LabeledImages, _ augmentation: ImageAugmentation?) throws -> [Float] {
        let learner = try Problem.learner(images, on: world, augmentation: augmentation)
        for step in 0..<3 {
          let conditions = StepConditions(rate: 0.05, epoch: Double(epoch) + Double(step) / 4)
          _ = try learner.takeStep(12 + step, conditions, on: ArraySlice(0..<13), by: method)
        }
        return learner.model.parameters.values
      }
      let augmented = try weights(images, augmentation)
      found.append((name, sameBits(augmented, try weights(changed, nil))))
      found.append((name + "-matters", 1 - sameBits(augmented, try weights(images, nil))))
    }
    return found
  }

  /// The images as the epoch sees them, made pixel by pixel.
  private static func changedImages(_ images: LabeledImages, seed: UInt64, epoch: UInt64) -> LabeledImages {
    let (height, width) = (images.height, images.width)
    var values: [Float] = []
    for position in 0..<images.count {
      let image = images.image(at: position)
      var stream = RandomStream(
        RandomIdentity(seed: seed, purpose: .augmentation, step: epoch, sample: UInt32(position)))
      let (down, right) = (Int(stream.index(below: 5)) - 2, Int(stream.index(below: 5)) - 2)
      let isFlipped = stream.index(below: 2) == 1
      for y in 0..<height {
        for x in 0..<width {
          let (row, column) = (y + down, (isFlipped ? width - 1 - x : x) + right)
          let isInside = (0..<height).contains(row) && (0..<width).contains(column)
          values.append(isInside ? image[row * width + column] : 0)
        }
      }
    }
    return LabeledImages(
      name: "changed", channels: 1, height: height, width: width, classCount: 10, values: values,
      labels: images.labels)
  }
}
