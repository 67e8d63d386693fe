import Attacks
import Foundation
import Networks
import Tensors
import Testing

@Suite("PGD against a plain Double implementation of its own")
struct ReferenceDescentTests {
  private static let architectures: [Architecture] = [
    .multilayerPerceptron(
      input: ImageShape(channels: 1, height: 6, width: 6), classes: 4, hiddenUnits: [23, 9]),
    .cnnSmall(input: ImageShape(channels: 1, height: 12, width: 12), classes: 10),
    Architecture(
      name: "pooled", input: ImageShape(channels: 2, height: 9, width: 8), outputs: 5,
      layers: [
        .convolution("conv1", outputChannels: 6, kernel: 3), .maxPooling(window: 2), .relu, .flatten,
        .linear("fc1", outputs: 5),
      ]),
  ]

  /// Softmax cross-entropy's gradient by the outputs.
  private func gradient(_ outputs: [Double], _ label: Int) -> [Double] {
    let largest = outputs.max() ?? 0
    let powers = outputs.map { Foundation.exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.enumerated().map { $0.element / sum - ($0.offset == label ? 1 : 0) }
  }

  /// All iterates of PGD from the clean image, and the smallest gradient in relation to the largest.
  private func descend(
    _ network: NaiveNetwork, _ sample: Sample, _ threat: ThreatModel, steps: Int, stepSize: Double
  ) -> (iterates: [[Double]], clearance: Double) {
    let clean = sample.image.map(Double.init)
    let epsilon = Double(threat.epsilon)
    var image = clean
    var iterates = [image]
    var clearance = Double.infinity
    for _ in 0..<steps {
      let (outputs, pullBack) = network.evaluate(image)
      let g = pullBack(gradient(outputs, sample.label))
      let magnitudes = g.map(abs).filter { $0 > 0 }
      clearance = min(clearance, (magnitudes.min() ?? 0) / (magnitudes.max() ?? 1))
      if threat.norm == .linf {
        for j in image.indices {
          let moved = image[j] + (g[j] > 0 ? stepSize : g[j] < 0 ? -stepSize : 0)
          image[j] = min(max(moved, clean[j] - epsilon, 0), clean[j] + epsilon, 1)
        }
      } else {
        let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for j in image.indices { image[j] += stepSize * g[j] / norm }
        let length = zip(image, clean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        for j in image.indices {
          image[j] = min(max(clean[j] + (image[j] - clean[j]) * min(1, epsilon / length), 0), 1)
        }
      }
      iterates.append(image)
    }
    return (iterates, clearance)
  }

  @Test("The same iterates, to the rounding of float32", arguments: architectures, [Norm.linf, .l2])
  func iterates(architecture: Architecture, norm: Norm) throws {
    let threat = ThreatModel(norm: norm, epsilon: norm == .linf ? 0.15 : 0.8)
    let samples = makeSamples(4, elements: architecture.input.elements, classes: architecture.outputs)
    let session = try architecture.session(microbatch: 4, seed: 11)
    let naive = NaiveNetwork(architecture: architecture, parameters: architecture.testParameters(seed: 11))
    let stepSize: Float = norm == .linf ? 0.05 : 0.3

    let references = samples.map { descend(naive, $0, threat, steps: 5, stepSize: Double(stepSize)) }
    // A sign is only comparable where the gradient is clear of rounding.
    if norm == .linf { try #require(references.allSatisfy { $0.clearance > 1e-6 }) }
    for steps in 0...5 {
      let attack = ProjectedGradientDescent(
        threat: threat, steps: steps, stepSize: stepSize, randomStart: false)
      let images = try session.attackedOnce(samples, by: attack, restart: 0)
      for (image, reference) in zip(images, references) {
        let errors = zip(image, reference.iterates[steps]).map { abs(Double($0) - $1) }
        #expect((errors.max() ?? 1) < (norm == .linf ? 1e-6 : 1e-5), "step \(steps)")
      }
    }
  }
}
