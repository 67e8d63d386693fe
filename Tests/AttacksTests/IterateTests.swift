import Attacks
import Networks
import Testing

@Suite("Iterates stay in the ball and in the box")
struct IterateTests {
  private static let norms = Norm.allCases
  private let samples = makeSamples(6, elements: 48, classes: 4)
  private let weights = makeWeights(4, 48, stream: 2)

  @Test("Every iterate that the model sees, and the last", arguments: norms, [true, false])
  func everyIterate(norm: Norm, box: Bool) throws {
    let epsilons: [Float] = [0.003, 0.3, 8 / 255, 1.7]
    for epsilon in epsilons {
      let threat = ThreatModel(norm: norm, epsilon: epsilon, box: box)
      let model = ToyClassifier(batch: 6, weights: weights)
      let attack = ProjectedGradientDescent(
        threat: threat, steps: 12, stepSize: epsilon / 3, restarts: 2)

      let adversarial = try model.attacked(samples, by: attack)

      for images in model.seen + [adversarial.flatMap { $0 }] {
        for (row, sample) in samples.enumerated() {
          #expect(threat.allows(Array(images[row * 48..<(row + 1) * 48]), from: sample.image))
        }
      }
      let moved = zip(adversarial, samples).map { pair in
        threat.distance(pair.1.image, pair.0, count: 48)
      }
      // Without a box the boundary is reached, and with one some pixels leave [0, 1] only where there is none.
      if !box {
        #expect(moved.allSatisfy { $0 > Double(epsilon) * 0.98 })
        #expect(adversarial.contains { $0.contains { $0 < 0 || $0 > 1 } })
      }
    }
  }

  @Test("linf distance is exact: no float32 beyond fl(x + epsilon) is allowed")
  func exactEdge() {
    let threat = ThreatModel(norm: .linf, epsilon: 0.1, box: false)
    let clean: [Float] = [0.3, 0.7]

    #expect(threat.allows([0.3 + 0.1, 0.7 - 0.1], from: clean))
    #expect(!threat.allows([(0.3 + Float(0.1)).nextUp, 0.7], from: clean))
    #expect(!threat.allows([0.3, (0.7 - Float(0.1)).nextDown], from: clean))
    #expect(!threat.allows([.nan, 0.7], from: clean))
    #expect(!ThreatModel(norm: .linf, epsilon: 0.5).allows([0.3, 1.1], from: clean))
    #expect(!ThreatModel(norm: .l2, epsilon: 0.1).allows([0.4, 0.7 + 0.01], from: clean))
  }

  @Test("Epsilon 0 leaves images as they are", arguments: norms, [true, false])
  func epsilonZero(norm: Norm, box: Bool) throws {
    let threat = ThreatModel(norm: norm, epsilon: 0, box: box)
    let attacks: [any Attack] = [
      ProjectedGradientDescent.fastGradientSign(threat: threat),
      ProjectedGradientDescent.fastGradientSignRandomStart(threat: threat),
      ProjectedGradientDescent(threat: threat, steps: 3, stepSize: 0.1, restarts: 2),
      ExactLinearAttack(threat: threat, outputs: 4), RandomNoise(threat: threat),
    ]

    for attack in attacks {
      let model = ToyClassifier(batch: 6, weights: weights)
      let adversarial = try model.attacked(samples, by: attack)
      #expect(adversarial == samples.map(\.image), "\(attack.label)")
    }
  }

  @Test("A zero or NaN gradient does not move a sample", arguments: norms, [Float(0), .nan])
  func uselessGradients(norm: Norm, value: Float) throws {
    let threat = ThreatModel(norm: norm, epsilon: 0.2)
    let model = ToyClassifier(
      batch: 6, imageElements: 48, outputCount: 4, scores: { _ in [1, 0, 0, 0] },
      pullBack: { image, _ in image.map { _ in value } })
    let attack = ProjectedGradientDescent(threat: threat, steps: 5, stepSize: 0.1, randomStart: false)

    #expect(try model.attacked(samples, by: attack) == samples.map(\.image))
  }

  @Test("NaN in the outputs does not crash, and the sample stays")
  func nanOutputs() throws {
    for loss in [LossFunction.crossEntropy, .margin] {
      let threat = ThreatModel(norm: .l2, epsilon: 0.2)
      let model = ToyClassifier(
        batch: 6, imageElements: 48, outputCount: 4, scores: { _ in [.nan, 0, .nan, 0] },
        pullBack: { image, gradient in image.map { _ in gradient.reduce(0, +) * .nan } })
      let attack = ProjectedGradientDescent(
        threat: threat, steps: 3, stepSize: 0.1, randomStart: false, restarts: 3, loss: loss)

      #expect(try model.attacked(samples, by: attack, loss: loss) == samples.map(\.image))
    }
  }

  @Test(
    "An l2 step has its length for gradients at the ends of float32", arguments: [Float(1e-44), 1e-30, 1e30])
  func extremeGradients(magnitude: Float) throws {
    let threat = ThreatModel(norm: .l2, epsilon: 1, box: false)
    let model = ToyClassifier(
      batch: 6, imageElements: 48, outputCount: 4, scores: { _ in [1, 0, 0, 0] },
      pullBack: { image, _ in image.indices.map { $0 % 3 == 0 ? 0 : $0 % 3 == 1 ? magnitude : -magnitude } })
    let attack = ProjectedGradientDescent(threat: threat, steps: 1, stepSize: 0.5, randomStart: false)

    let adversarial = try model.attacked(samples, by: attack)

    for (image, sample) in zip(adversarial, samples) {
      #expect(abs(threat.distance(sample.image, image, count: 48) - 0.5) < 1e-6)
      #expect((0..<48).allSatisfy { $0 % 3 > 0 || image[$0] == sample.image[$0] })
    }
  }
}
