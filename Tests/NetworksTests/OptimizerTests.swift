import Foundation
import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Optimizers")
struct OptimizerTests {
  static let rules: [OptimizerRule] = [
    .sgd(), .sgd(weightDecay: 5e-4), .sgd(momentum: 0.9, weightDecay: 5e-4),
    .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4), .adam(), .adam(weightDecay: 0.01), .adamW(),
  ]
  static let layout = ParameterLayout([("a.weight", [5, 7]), ("a.bias", [5]), ("b.weight", [16])])

  /// A gradient, or weights, that depend on the seed.
  private func arena(seed: UInt64) -> ParameterArena {
    let arena = ParameterArena(Self.layout)
    for (index, entry) in Self.layout.entries.enumerated() {
      let values = uniformValues(entry.count, seed: seed * 10 + UInt64(index))
      arena.values(entry).baseAddress?.update(from: values, count: entry.count)
    }
    return arena
  }

  private func run(_ optimizer: Optimizer, _ weights: ParameterArena, steps: Range<Int>) {
    for step in steps {
      optimizer.update(weights, gradient: arena(seed: UInt64(step + 1)), rate: 0.01 / Double(step + 1))
    }
  }

  @Test("Saved and restored, an optimizer goes on to the same bits", arguments: rules)
  func restoring(_ rule: OptimizerRule) throws {
    for pause in [0, 1, 3] {
      let straight = Optimizer(rule, Self.layout)
      let weights = arena(seed: 100)
      run(straight, weights, steps: 0..<6)

      let before = Optimizer(rule, Self.layout)
      let resumed = arena(seed: 100)
      run(before, resumed, steps: 0..<pause)
      let after = Optimizer(rule, Self.layout)
      try after.restore(before.namedTensors(), step: before.step)
      run(after, resumed, steps: pause..<6)

      #expect(bits(resumed.storage.elements) == bits(weights.storage.elements))
      #expect(after.step == 6)
      #expect(after.namedTensors() == straight.namedTensors())
    }
  }

  @Test("Moments are named after their parameters")
  func names() {
    #expect(Optimizer(.sgd(), Self.layout).namedTensors().isEmpty)
    #expect(
      Optimizer(.sgd(momentum: 0.9), Self.layout).namedTensors().map(\.name) == [
        "momentum.a.weight", "momentum.a.bias", "momentum.b.weight",
      ])
    #expect(
      Optimizer(.adam(), Self.layout).namedTensors().map(\.name) == [
        "first-moment.a.weight", "first-moment.a.bias", "first-moment.b.weight", "second-moment.a.weight",
        "second-moment.a.bias", "second-moment.b.weight",
      ])
  }

  @Test("State that does not fit is refused")
  func mismatch() {
    let tensors = Optimizer(.adam(), Self.layout).namedTensors()
    let adam = Optimizer(.adam(), Self.layout)
    #expect(throws: ParameterMismatch.self) { try adam.restore(Array(tensors.dropLast()), step: 1) }
    #expect(throws: ParameterMismatch.self) { try adam.restore([], step: 1) }
    #expect(throws: ParameterMismatch.self) {
      try adam.restore(tensors + [NamedTensor(name: "other.a.bias", shape: [1], values: [0])], step: 1)
    }
    #expect(throws: ParameterMismatch.self) {
      try Optimizer(.sgd(momentum: 0.9), Self.layout).restore(tensors, step: 1)
    }
    #expect(throws: ParameterMismatch.self) { try Optimizer(.sgd(), Self.layout).restore(tensors, step: 1) }
    #expect(adam.step == 0)
  }

  @Test("Twenty steps agree with the published formulas in Double", arguments: rules)
  func formulas(_ rule: OptimizerRule) {
    let start = arena(seed: 100)
    let weights = arena(seed: 100)
    let optimizer = Optimizer(rule, Self.layout)
    var expected = weights.storage.elements.map(Double.init)
    var first = [Double](repeating: 0, count: expected.count)
    var second = first

    for t in 1...20 {
      let gradient = arena(seed: UInt64(t))
      let rate = 0.01 * Double(t)
      optimizer.update(weights, gradient: gradient, rate: rate)
      for i in expected.indices {
        var g = Double(gradient.pointer[i])
        switch rule {
        case .sgd(let momentum, let nesterov, let decay):
          g += Double(decay) * expected[i]
          first[i] = Double(momentum) * first[i] + g
          expected[i] -= rate * (nesterov ? g + Double(momentum) * first[i] : first[i])
        case .adam(let beta1, let beta2, let epsilon, let decay),
          .adamW(let beta1, let beta2, let epsilon, let decay):
          if case .adam = rule {
            g += Double(decay) * expected[i]
          } else {
            expected[i] *= 1 - rate * Double(decay)
          }
          first[i] = beta1 * first[i] + (1 - beta1) * g
          second[i] = beta2 * second[i] + (1 - beta2) * g * g
          let mean = first[i] / (1 - Foundation.pow(beta1, Double(t)))
          let square = second[i] / (1 - Foundation.pow(beta2, Double(t)))
          expected[i] -= rate * mean / (square.squareRoot() + Double(epsilon))
        }
      }
    }

    let moved = zip(weights.storage.elements, start.storage.elements).map { $0 - $1 }
    let expectedMove = zip(expected, start.storage.elements).map { $0 - Double($1) }
    #expect(relativeError(moved, expectedMove) <= 2e-6)
  }

  @Test("State that does not fit is refused, and leaves the optimizer as it was")
  func refusedState() throws {
    let optimizer = Optimizer(.adam(), Self.layout)
    run(optimizer, arena(seed: 100), steps: 0..<3)
    let before = optimizer.namedTensors()
    let donor = Optimizer(.adam(), Self.layout)
    run(donor, arena(seed: 7), steps: 3..<9)
    let tensors = donor.namedTensors()
    // The first moment fits, the second lacks its last tensor, or is of another shape.
    var reshaped = tensors
    let last = tensors[tensors.count - 1]
    reshaped[tensors.count - 1] = NamedTensor(name: last.name, shape: [4, 4], values: last.values)

    for wrong in [Array(tensors.dropLast()), reshaped] {
      #expect(throws: ParameterMismatch.self) { try optimizer.restore(wrong, step: 6) }
      #expect(optimizer.namedTensors() == before)
      #expect(optimizer.step == 3)
    }
    try optimizer.restore(tensors, step: 6)
    #expect(optimizer.namedTensors() == tensors)
    #expect(optimizer.step == 6)
  }

  @Test("The gaps between tensors stay zero", arguments: rules)
  func gaps(_ rule: OptimizerRule) {
    let weights = arena(seed: 100)
    run(Optimizer(rule, Self.layout), weights, steps: 0..<5)
    var isGap = [Bool](repeating: true, count: weights.count)
    for entry in Self.layout.entries {
      for i in entry.offset..<entry.offset + entry.count { isGap[i] = false }
    }
    #expect(isGap.contains(true))
    #expect(isGap.indices.allSatisfy { !isGap[$0] || weights.pointer[$0] == 0 })
  }
}
