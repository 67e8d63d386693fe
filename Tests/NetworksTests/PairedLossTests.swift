import Foundation
import Networks
import ReferenceNetworks
import Testing

@Suite("Losses of a clean image and its adversarial example")
struct PairedLossTests {
  private func evaluate(
    _ loss: PairedLoss, _ clean: [Float], _ adversarial: [Float], label: Int
  ) -> (value: Double, clean: [Float], adversarial: [Float]) {
    var cleanGradient = [Float](repeating: .nan, count: clean.count)
    var adversarialGradient = cleanGradient
    let value = clean.withUnsafeBufferPointer { clean in
      adversarial.withUnsafeBufferPointer { adversarial in
        loss(
          clean: clean, adversarial: adversarial, label: label, cleanGradient: &cleanGradient,
          adversarialGradient: &adversarialGradient)
      }
    }
    return (value, cleanGradient, adversarialGradient)
  }

  private func softmax(_ outputs: [Float]) -> [Double] {
    let largest = outputs.map(Double.init).max() ?? 0
    let terms = outputs.map { Foundation.exp(Double($0) - largest) }
    return terms.map { $0 / terms.reduce(0, +) }
  }

  /// The losses as the papers' programs write them.
  private func reference(_ loss: PairedLoss, _ clean: [Float], _ adversarial: [Float], label: Int) -> Double {
    let (p, q) = (softmax(clean), softmax(adversarial))
    switch loss.kind {
    case .trades:
      let divergence = zip(p, q).reduce(0) { $0 + $1.0 * (Foundation.log($1.0) - Foundation.log($1.1)) }
      return -Foundation.log(p[label]) + loss.beta * divergence
    case .mart:
      let rival = q.indices.filter { $0 != label }.map { q[$0] }.max() ?? 0
      let boosted = -Foundation.log(q[label]) - Foundation.log(1.0001 - rival + 1e-12)
      let divergence = zip(p, q).reduce(0) {
        $0 + $1.0 * (Foundation.log($1.0) - Foundation.log($1.1 + 1e-12))
      }
      return boosted + loss.beta * divergence * (1.0000001 - p[label])
    }
  }

  private static let losses = [PairedLoss(.trades, beta: 6), PairedLoss(.mart, beta: 5)]

  @Test("Values are those of the formulas", arguments: losses)
  func values(_ loss: PairedLoss) {
    for (seed, scale) in [(1, 0.1), (2, 1), (3, 5), (4, 12)] as [(UInt64, Float)] {
      let clean = uniformValues(10, seed: seed).map { $0 * scale }
      let adversarial = uniformValues(10, seed: seed + 50).map { $0 * scale }
      for label in [0, 3, 9] {
        let expected = reference(loss, clean, adversarial, label: label)
        let value = evaluate(loss, clean, adversarial, label: label).value
        #expect(abs(value - expected) <= 1e-11 * max(1, abs(expected)))
      }
    }
  }

  @Test("Gradients by both outputs agree with finite differences", arguments: losses, [Double(0), 0.2])
  func differences(_ loss: PairedLoss, smoothing: Double) {
    let loss = PairedLoss(loss.kind, beta: loss.beta, labelSmoothing: smoothing)
    for label in 0..<5 {
      let clean = uniformValues(5, seed: 7 + UInt64(label)).map { $0 * 2 }
      let adversarial = uniformValues(5, seed: 70 + UInt64(label)).map { $0 * 2 }
      let gradients = evaluate(loss, clean, adversarial, label: label)
      for k in 0..<5 {
        let byClean = slope(clean, k) { evaluate(loss, $0, adversarial, label: label).value }
        let byAdversarial = slope(adversarial, k) { evaluate(loss, clean, $0, label: label).value }
        #expect(abs(byClean - Double(gradients.clean[k])) < 2e-5, "label \(label), clean output \(k)")
        #expect(
          abs(byAdversarial - Double(gradients.adversarial[k])) < 2e-5,
          "label \(label), adversarial output \(k)")
      }
    }
  }

  private func slope(_ outputs: [Float], _ k: Int, _ value: ([Float]) -> Double) -> Double {
    var (above, below) = (outputs, outputs)
    above[k] += 0x1p-10
    below[k] -= 0x1p-10
    return (value(above) - value(below)) / (Double(above[k]) - Double(below[k]))
  }

  @Test("Equal outputs diverge by nothing, and TRADES is then cross-entropy")
  func equalOutputs() {
    let outputs = uniformValues(10, seed: 5).map { $0 * 4 }
    let (value, clean, adversarial) = evaluate(PairedLoss(.trades, beta: 6), outputs, outputs, label: 4)

    var expected = [Float](repeating: 0, count: 10)
    let crossEntropy = outputs.withUnsafeBufferPointer {
      LossFunction.crossEntropy($0, label: 4, gradient: &expected)
    }
    #expect(value == crossEntropy)
    #expect(clean == expected)
    #expect(adversarial.allSatisfy { $0 == 0 })
  }

  @Test("Extreme outputs give finite losses and gradients", arguments: losses)
  func extremes(_ loss: PairedLoss) {
    for (clean, adversarial) in [([1e4, -1e4, 0], [-1e4, 1e4, 0]), ([0, 0, 0], [1e4, 0, -1e4])]
      as [([Float], [Float])]
    {
      for label in 0..<3 {
        let result = evaluate(loss, clean, adversarial, label: label)
        #expect(result.value.isFinite)
        #expect(result.clean.allSatisfy(\.isFinite) && result.adversarial.allSatisfy(\.isFinite))
      }
    }
  }

  @Test("A NaN among either outputs is a NaN loss", arguments: losses)
  func notANumber(_ loss: PairedLoss) {
    for place in 0..<3 {
      for label in 0..<3 {
        var outputs: [Float] = [0.5, 2, -1]
        outputs[place] = .nan
        #expect(evaluate(loss, outputs, [1, 2, 3], label: label).value.isNaN)
        #expect(evaluate(loss, [1, 2, 3], outputs, label: label).value.isNaN)
      }
    }
  }

  @Test("The divergence's gradient is the difference of the distributions")
  func divergenceGradient() {
    let (reference, outputs) = (uniformValues(6, seed: 1), uniformValues(6, seed: 2).map { $0 * 3 })
    var gradient = [Float](repeating: .nan, count: 6)
    reference.withUnsafeBufferPointer { reference in
      outputs.withUnsafeBufferPointer { $0.writeDivergenceGradient(from: reference, into: &gradient) }
    }
    let expected = zip(softmax(outputs), softmax(reference)).map { $0 - $1 }
    #expect(relativeError(gradient, expected) < 1e-6)
  }

  @Test("Smoothed labels mix the cross-entropies of all classes", arguments: [0.0, 0.1, 0.7])
  func smoothing(_ smoothing: Double) {
    let outputs = uniformValues(7, seed: 11).map { $0 * 3 }
    let loss = TrainingLoss(.crossEntropy, labelSmoothing: smoothing)
    for label in 0..<7 {
      var gradient = [Float](repeating: .nan, count: 7)
      let value = outputs.withUnsafeBufferPointer { loss($0, label: label, gradient: &gradient) }

      let p = softmax(outputs)
      let target = (0..<7).map { ($0 == label ? 1 - smoothing : 0) + smoothing / 7 }
      let expected = zip(target, p).reduce(0) { $0 - $1.0 * Foundation.log($1.1) }
      #expect(abs(value - expected) < 1e-12)
      #expect(relativeError(gradient, zip(p, target).map { $0 - $1 }) < 1e-6)
    }
  }
}
