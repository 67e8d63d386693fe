import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// The examples that one attack found, for files.
struct AdversarialExamples {
  /// The samples in the picture.
  private static let shown = 16

  private let result: AttackResult
  private let images: LabeledImages
  private let positions: [Int]

  /// Takes the examples of an attack that kept them.
  init(_ result: AttackResult, images: LabeledImages, positions: [Int]) {
    self.result = result
    self.images = images
    self.positions = positions
  }

  /// Whether a picture can show the images.
  var hasPicture: Bool { images.channels == 1 || images.channels == 3 }

  /// The tensors: `adversarial` and `clean` (N x C x H x W), `labels`, `predictions_clean`,
  /// `predictions_adversarial` and `indices` (N), all float32.
  ///
  /// - Parameter checkpoint: The SHA-256 of the weights that were attacked.
  func file(checkpoint: String) -> SafetensorsFile {
    let shape = [positions.count] + images.imageShape
    func column(_ name: String, _ values: [Int]) -> NamedTensor {
      NamedTensor(name: name, shape: [values.count], values: values.map(Float.init))
    }
    return SafetensorsFile(
      tensors: [
        NamedTensor(name: "adversarial", shape: shape, values: result.examples),
        NamedTensor(name: "clean", shape: shape, values: positions.flatMap { images.image(at: $0) }),
        column("labels", result.clean.labels), column("predictions_clean", result.clean.predictions),
        column("predictions_adversarial", result.predictions), column("indices", result.clean.sourceIndices),
      ],
      metadata: [
        "attack": result.attack.label, "norm": result.attack.threat.norm.rawValue,
        "epsilon": "\(result.attack.threat.epsilon)", "box": "\(result.attack.threat.box)",
        "checkpoint_sha256": checkpoint, "data": images.name,
      ])
  }

  /// Some samples, first those that were broken, last those that were wrong before: image, perturbation and
  /// adversarial example.
  ///
  /// - Returns: Nil for images that are neither gray nor of three colours.
  func grid() -> PNGImage? {
    guard
      let picture = ExamplePicture(channels: images.channels, height: images.height, width: images.width)
    else { return nil }
    let clean = result.clean
    let right = clean.labels.indices.filter { clean.predictions[$0] == clean.labels[$0] }
    let wrong = clean.labels.indices.filter { clean.predictions[$0] != clean.labels[$0] }
    let broken = right.filter { result.broken[$0] }
    let others = right.filter { !result.broken[$0] }
    let shown = (broken + others + wrong).prefix(Self.shown)
    return picture.grid(
      shown.map { place in
        AdversarialExample(
          index: clean.sourceIndices[place], label: clean.labels[place],
          predictedClean: clean.predictions[place], predicted: result.predictions[place],
          clean: images.image(at: positions[place]),
          adversarial: Array(result.examples[place * images.imageSize..<(place + 1) * images.imageSize]))
      })
  }
}

extension AdversarialExample {
  /// The first examples of a result, on rank 0.
  ///
  /// - Parameters:
  ///   - clean: The samples.
  ///   - predictions: The classes predicted for the adversarial examples.
  ///   - images: The images as they are, N x C x H x W, of as many samples as are wanted.
  ///   - examples: The adversarial examples of the same.
  ///   - size: The values of an image.
  static func all(
    _ clean: CleanResult, predictions: [Int], images: [Float], examples: [Float], size: Int
  ) -> [AdversarialExample] {
    (0..<images.count / size).map { place in
      let values = place * size..<(place + 1) * size
      return AdversarialExample(
        index: clean.sourceIndices[place], label: clean.labels[place],
        predictedClean: clean.predictions[place], predicted: predictions[place],
        clean: Array(images[values]), adversarial: Array(examples[values]))
    }
  }
}
