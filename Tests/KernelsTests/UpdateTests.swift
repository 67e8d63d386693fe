import Kernels
import ReferenceNetworks
import Testing

@Suite("Weight updates")
struct UpdateTests {
  struct Momentum: CustomTestStringConvertible, Sendable {
    var momentum: Float
    var decay: Float
    var nesterov: Bool
    var testDescription: String { "momentum \(momentum), decay \(decay), nesterov \(nesterov)" }
  }

  @Test(
    "Gradient descent agrees with its formula in Double over ten steps",
    arguments: [
      Momentum(momentum: 0, decay: 0, nesterov: false), Momentum(momentum: 0, decay: 5e-4, nesterov: false),
      Momentum(momentum: 0.9, decay: 5e-4, nesterov: false),
      Momentum(momentum: 0.9, decay: 5e-4, nesterov: true),
    ])
  func descent(_ rule: Momentum) {
    let count = 100
    var weights = uniformValues(count, seed: 1)
    // What the buffer holds before the first step does not count.
    var buffer = [Float](repeating: 7, count: count)
    var expected = weights.map(Double.init)
    var expectedBuffer = [Double](repeating: 0, count: count)

    for step in 0..<10 {
      let gradient = uniformValues(count, seed: UInt64(100 + step))
      let rate = Float(0.1) / Float(step + 1)
      Passes.selected.descend(
        weights: &weights, gradient: gradient, momentum: &buffer, count,
        MomentumStep(
          rate: rate, momentum: rule.momentum, decay: rule.decay, nesterov: rule.nesterov, isFirst: step == 0)
      )
      let momentum = Double(rule.momentum)
      for i in 0..<count {
        let g = Double(gradient[i]) + Double(rule.decay) * expected[i]
        expectedBuffer[i] = step == 0 ? g : momentum * expectedBuffer[i] + g
        let direction =
          momentum == 0 ? g : rule.nesterov ? g + momentum * expectedBuffer[i] : expectedBuffer[i]
        expected[i] -= Double(rate) * direction
      }
    }

    #expect(relativeError(weights, expected) <= 1e-6)
    if rule.momentum > 0 { #expect(relativeError(buffer, expectedBuffer) <= 1e-6) }
  }

  struct Decay: CustomTestStringConvertible, Sendable {
    var inGradient: Float
    var apart: Float
    var testDescription: String { "decay \(inGradient) in the gradient, \(apart) apart" }
  }

  @Test(
    "Adam and AdamW agree with their formula in Double over ten steps",
    arguments: [
      Decay(inGradient: 0, apart: 0), Decay(inGradient: 0.1, apart: 0), Decay(inGradient: 0, apart: 0.1),
    ])
  func adam(_ decay: Decay) {
    let count = 100
    let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8)
    // Small weights, so that their own rounding does not hide that of the step.
    let start = uniformValues(count, seed: 1).map { $0 / 64 }
    var weights = start
    var first = [Float](repeating: 0, count: count)
    var second = first
    var expected = weights.map(Double.init)
    var expectedFirst = [Double](repeating: 0, count: count)
    var expectedSecond = expectedFirst
    var (power1, power2) = (1.0, 1.0)

    for step in 0..<10 {
      let gradient = uniformValues(count, seed: UInt64(100 + step))
      let rate = 0.01 / Double(step + 1)
      power1 *= beta1
      power2 *= beta2
      let shrinkage = 1 - rate * Double(decay.apart)
      Passes.selected.adam(
        weights: &weights, gradient: gradient, first: &first, second: &second, count,
        AdamStep(
          beta1: beta1, beta2: beta2, epsilon: Float(epsilon), correctedRate: Float(rate / (1 - power1)),
          secondCorrectionRoot: Float((1 - power2).squareRoot()), decay: decay.inGradient,
          shrinkage: Float(shrinkage)))
      for i in 0..<count {
        let g = Double(gradient[i]) + Double(decay.inGradient) * expected[i]
        expectedFirst[i] = beta1 * expectedFirst[i] + (1 - beta1) * g
        expectedSecond[i] = beta2 * expectedSecond[i] + (1 - beta2) * g * g
        let root = (expectedSecond[i] / (1 - power2)).squareRoot()
        expected[i] = expected[i] * shrinkage - rate * expectedFirst[i] / (1 - power1) / (root + epsilon)
      }
    }

    // The way the weights went, not where they are, shows a wrong moment.
    let moved = zip(weights, start).map { $0 - $1 }
    #expect(relativeError(moved, zip(expected, start).map { $0 - Double($1) }) <= 2e-6)
    #expect(relativeError(first, expectedFirst) <= 1e-6)
    #expect(relativeError(second, expectedSecond) <= 1e-6)
  }

  @Test("Moments of weights whose gradient has ended become zero, and are never subnormal on the way")
  func endedGradients() {
    let start = uniformValues(100, seed: 1)
    let none = [Float](repeating: 0, count: start.count)
    var weights = start
    var (momentum, first, second) = (start, start, start.map { $0 * $0 })

    for step in 0..<1_500 {
      Passes.selected.descend(
        weights: &weights, gradient: none, momentum: &momentum, weights.count,
        MomentumStep(rate: 0, momentum: 0.9, decay: 0, nesterov: false, isFirst: false))
      Passes.selected.adam(
        weights: &weights, gradient: none, first: &first, second: &second, weights.count,
        AdamStep(
          beta1: 0.9, beta2: 0.9, epsilon: 1e-8, correctedRate: 0, secondCorrectionRoot: 1, decay: 0,
          shrinkage: 1))
      let subnormal = (momentum + first + second).count { $0.isSubnormal }
      #expect(subnormal == 0, "step \(step)")
    }

    #expect((momentum + first + second).allSatisfy { $0 == 0 })
    #expect(weights == start)
  }
}
