import Attacks
import Certificates
import Networks
import Tensors
import Testing

/// A small network with parameters, as an argument of a test.
struct BoundCase: CustomTestStringConvertible, Sendable {
  let architecture: Architecture
  var testDescription: String { architecture.name }

  private static let image = ImageShape(channels: 2, height: 8, width: 8)

  private static func network(
    _ name: String, _ layers: [Layer], input: ImageShape = image, outputs: Int = 4
  ) -> BoundCase {
    BoundCase(architecture: Architecture(name: name, input: input, outputs: outputs, layers: layers))
  }

  /// Every kind of layer in several orders.
  static let all: [BoundCase] = [
    network(
      "dense",
      [.flatten, .linear("a", outputs: 12), .relu, .linear("b", outputs: 9), .relu, .linear("c", outputs: 4)]),
    network(
      "strided",
      [
        .convolution("a", outputChannels: 5, kernel: 4, stride: 2, padding: 1), .relu,
        .convolution("b", outputChannels: 6, kernel: 3, stride: 2, padding: 1), .relu, .flatten,
        .linear("c", outputs: 10), .relu, .linear("d", outputs: 4),
      ]),
    network(
      "pool before relu",
      [
        .convolution("a", outputChannels: 5, kernel: 3), .maxPooling(window: 2), .relu,
        .convolution("b", outputChannels: 4, kernel: 2), .channelDropout(0.5), .maxPooling(window: 2), .relu,
        .flatten, .linear("c", outputs: 7), .relu, .dropout(0.5), .linear("d", outputs: 4),
      ]),
    network(
      "relu before pool",
      [
        .convolution("a", outputChannels: 4, kernel: 3, padding: 1), .relu, .maxPooling(window: 2),
        .convolution("b", outputChannels: 5, kernel: 3, padding: 1), .relu, .maxPooling(window: 2), .flatten,
        .linear("c", outputs: 8), .relu, .linear("d", outputs: 4),
      ]),
    network(
      "minimal filtering",
      [
        .convolution("a", outputChannels: 8, kernel: 5, padding: 2), .relu,
        .convolution("b", outputChannels: 8, kernel: 3, padding: 1), .relu,
        .convolution("c", outputChannels: 6, kernel: 5), .maxPooling(window: 2), .relu, .flatten,
        .linear("d", outputs: 4),
      ]),
    network(
      "means",
      [
        .convolution("a", outputChannels: 5, kernel: 3, padding: 1), .relu, .averagePooling(window: 2),
        .convolution("b", outputChannels: 5, kernel: 3), .relu, .flatten, .linear("c", outputs: 4),
      ]),
    network(
      "one score",
      [
        .convolution("a", outputChannels: 3, kernel: 3, stride: 2), .relu, .flatten, .linear("b", outputs: 1),
      ],
      outputs: 1),
    network(
      "eleven classes", [.flatten, .linear("a", outputs: 16), .relu, .linear("b", outputs: 11)], outputs: 11),
  ]

  /// Parameters, biases included, at which classes differ.
  func parameters(seed: UInt64 = 1) -> ParameterArena {
    let arena = architecture.initialParameters(seed: seed)
    for i in 0..<arena.count { arena.pointer[i] *= 1.7 }
    return arena
  }
}

/// A stream of random numbers for a test.
func stream(_ number: UInt32) -> RandomStream {
  RandomStream(RandomIdentity(seed: 77, purpose: .synthetic, sample: number))
}

/// Images on [0, 1], some pixels exactly 0 or 1.
func makeImages(_ count: Int, elements: Int, stream number: UInt32 = 0) -> [[Float]] {
  var random = stream(number)
  return (0..<count).map { _ in
    (0..<elements).map { _ in min(max(1.4 * random.uniform() - 0.2, 0), 1) }
  }
}

extension NetworkSession {
  /// The outputs of images in float32, as the program computes them.
  func outputs(of images: [[Float]]) throws -> [[Float]] {
    var all: [[Float]] = []
    for start in stride(from: 0, to: images.count, by: batch) {
      let group = images[start..<min(start + batch, images.count)]
      for (row, image) in group.enumerated() {
        (self.images + row * imageElements).update(from: image, count: imageElements)
      }
      try forward(.evaluation)
      all += group.indices.map { Array(outputs(of: $0 - start)) }
    }
    return all
  }
}

/// The margins of a class over all others, in exact differences of float32 outputs.
func margins(_ outputs: [Float], label: Int) -> [Double] {
  if outputs.count == 1 {
    let score = Double(outputs[0])
    return label == 1 ? [score, .infinity] : [.infinity, -score]
  }
  return outputs.indices.map { $0 == label ? .infinity : Double(outputs[label]) - Double(outputs[$0]) }
}

extension BoundPropagation {
  convenience init(
    _ architecture: Architecture, _ parameters: ParameterArena, coversMinimalFiltering: Bool = false
  ) throws {
    self.init(
      try BoundNetwork(architecture, parameters, coversMinimalFiltering: coversMinimalFiltering))
  }
}

extension ThreatModel {
  /// Images of the set: corners, faces and the inside, float32 as the adversary's are.
  func members(of image: [Float], count: Int, stream number: UInt32) -> [[Float]] {
    var random = stream(number)
    if norm == .linf {
      var (lower, upper) = (image, image)
      linfSet(of: image, lower: &lower, upper: &upper, count: image.count)
      return (0..<count).map { member in
        image.indices.map { i in
          if member % 3 == 2 {
            let value = lower[i] + (upper[i] - lower[i]) * random.uniform()
            return min(max(value, lower[i]), upper[i])
          }
          return random.uniform() < 0.5 ? lower[i] : upper[i]
        }
      }
    }
    return (0..<count).compactMap { member in
      var direction = image.map { _ in random.symmetric() }
      // A few coordinates only, where l1 balls have their corners.
      if member % 2 == 1 {
        for i in direction.indices where random.uniform() < 0.97 { direction[i] = 0 }
      }
      let length =
        norm == .l2
        ? direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        : direction.reduce(0) { $0 + abs(Double($1)) }
      guard length > 0 else { return nil }
      let moved = zip(image, direction).map { value, step -> Float in
        let moved = value + Float(Double(step) * Double(epsilon) / length)
        return box ? min(max(moved, 0), 1) : moved
      }
      return allows(moved, from: image, count: image.count) ? moved : nil
    }
  }
}
