public import Checkpoints
import Foundation
import Tensors

/// Some adversarial examples of each attack of an evaluation, the contents of `examples.safetensors` beside it.
///
/// The tensors are `clean` and `adversarial` (N x C x H x W) and `attacks` (the place of an example's attack among the
/// attacks of `evaluation.json`), `labels`, `predictions_clean`, `predictions_adversarial` and `indices` (N each).
public struct ExampleFile: Sendable, Equatable {
  /// The file's name in the folder of an evaluation.
  public static let name = "examples.safetensors"

  /// The channels, rows and columns of every image.
  public var shape: [Int]
  /// The examples by the place of their attack.
  public var examples: [Int: [AdversarialExample]]

  /// Creates a set of examples.
  public init(shape: [Int], examples: [Int: [AdversarialExample]] = [:]) {
    self.shape = shape
    self.examples = examples
  }

  /// What draws the images; nil for such as are neither gray nor of three colours.
  public var picture: ExamplePicture? {
    ExamplePicture(channels: shape[0], height: shape[1], width: shape[2])
  }

  /// The file.
  ///
  /// - Parameter metadata: What to say of it, such as the checkpoint.
  public func safetensors(metadata: [String: String] = [:]) -> SafetensorsFile {
    let rows = examples.sorted { $0.key < $1.key }.flatMap { attack, examples in
      examples.map { (attack: attack, example: $0) }
    }
    func column(_ name: String, _ value: ((attack: Int, example: AdversarialExample)) -> Int) -> NamedTensor {
      NamedTensor(name: name, shape: [rows.count], values: rows.map { Float(value($0)) })
    }
    return SafetensorsFile(
      tensors: [
        NamedTensor(
          name: "adversarial", shape: [rows.count] + shape, values: rows.flatMap(\.example.adversarial)),
        NamedTensor(name: "clean", shape: [rows.count] + shape, values: rows.flatMap(\.example.clean)),
        column("attacks") { $0.attack }, column("labels") { $0.example.label },
        column("predictions_clean") { $0.example.predictedClean },
        column("predictions_adversarial") { $0.example.predicted }, column("indices") { $0.example.index },
      ], metadata: metadata)
  }

  /// Reads a file.
  ///
  /// - Throws: `CheckpointError.corrupt`, `FileError`; `ReportError.unreadable` for other tensors than these.
  public init(contentsOf path: String) throws {
    let file = try SafetensorsFile(contentsOf: path)
    let tensors = Dictionary(file.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard let clean = tensors["clean"], let adversarial = tensors["adversarial"], clean.shape.count == 4,
      clean.shape == adversarial.shape, clean.shape.dropFirst().allSatisfy({ $0 > 0 })
    else { throw ReportError.unreadable(path: path, reason: "it has no images clean and adversarial") }
    let count = clean.shape[0]
    func column(_ name: String) throws -> [Int] {
      guard let values = tensors[name]?.values, values.count == count,
        values.allSatisfy({ $0 == $0.rounded() && abs($0) < 1e9 })
      else { throw ReportError.unreadable(path: path, reason: "it has no \(count) whole numbers \(name)") }
      return values.map { Int($0) }
    }
    shape = Array(clean.shape.dropFirst())
    let elements = shape.reduce(1, *)
    let (attacks, labels, indices) = (
      try column("attacks"), try column("labels"), try column("indices")
    )
    let (before, after) = (try column("predictions_clean"), try column("predictions_adversarial"))
    examples = [:]
    for row in 0..<count {
      let values = row * elements..<(row + 1) * elements
      examples[attacks[row], default: []].append(
        AdversarialExample(
          index: indices[row], label: labels[row], predictedClean: before[row], predicted: after[row],
          clean: Array(clean.values[values]), adversarial: Array(adversarial.values[values])))
    }
  }
}
