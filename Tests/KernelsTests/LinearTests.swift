import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Fully connected kernels")
struct LinearTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var inputs: Int
    var outputs: Int
    var batch: Int
    var bias = true

    var testDescription: String { "\(inputs)-\(outputs), batch \(batch)\(bias ? "" : ", no bias")" }
  }

  static let cases: [Case] = {
    let small = [(784, 10), (320, 50), (1568, 100), (1, 1), (17, 3), (784, 1), (50, 10), (200, 200)]
    let swept = small.flatMap { inputs, outputs in
      [1, 2, 5, 16, 50].map { Case(inputs: inputs, outputs: outputs, batch: $0) }
    }
    let large = [2, 16].map { Case(inputs: 3136, outputs: 1024, batch: $0) }
    let unbiased = [(784, 10), (784, 1), (17, 3), (1, 1)].flatMap { inputs, outputs in
      [1, 16].map { Case(inputs: inputs, outputs: outputs, batch: $0, bias: false) }
    }
    return swept + large + unbiased
  }()

  @Test("All three passes agree with the definition in Double", arguments: cases)
  func agreesWithDefinition(_ linear: Case) throws {
    let (inputs, outputs) = (linear.inputs, linear.outputs)
    let reference = ReferenceLinear(inputs: inputs, outputs: outputs)
    let harness = try AffineHarness(
      .linear(inputs: inputs, outputs: outputs, bias: linear.bias), batch: linear.batch)
    let input = uniformValues(linear.batch * inputs, seed: 3)
    let gradient = uniformValues(linear.batch * outputs, seed: 4)

    let output = try harness.forward(input)
    let inputGradient = try harness.backwardInput(gradient)
    let parameterGradient = try harness.backwardParameters(input: input, outputGradient: gradient)

    let weights = harness.weights.elements.map(Double.init)
    let bias = linear.bias ? harness.bias.elements.map(Double.init) : []
    var expectedOutput: [Double] = []
    var expectedInputGradient: [Double] = []
    var expectedWeightGradient = [Double](repeating: 0, count: weights.count)
    var expectedBiasGradient = [Double](repeating: 0, count: outputs)
    for sample in 0..<linear.batch {
      let x = input[sample * inputs..<(sample + 1) * inputs].map(Double.init)
      let g = gradient[sample * outputs..<(sample + 1) * outputs].map(Double.init)
      expectedOutput += reference.forward(x, weights: weights, bias: bias)
      expectedInputGradient += reference.inputGradient(g, weights: weights)
      let parts = reference.parameterGradient(x, outputGradient: g)
      for i in parts.weights.indices { expectedWeightGradient[i] += parts.weights[i] }
      for i in parts.bias.indices { expectedBiasGradient[i] += parts.bias[i] }
    }
    #expect(relativeError(output, expectedOutput) <= 1e-5)
    #expect(relativeError(inputGradient, expectedInputGradient) <= 1e-5)
    #expect(relativeError(parameterGradient.weights, expectedWeightGradient) <= 1e-5)
    if linear.bias { #expect(relativeError(parameterGradient.bias, expectedBiasGradient) <= 1e-5) }
  }

  @Test("The reference layer agrees with finite differences")
  func referenceByFiniteDifferences() {
    let layer = ReferenceLinear(inputs: 7, outputs: 4)
    let input = uniformValues(7, seed: 1).map(Double.init)
    let weights = uniformValues(28, seed: 2).map(Double.init)
    let bias = uniformValues(4, seed: 3).map(Double.init)
    let direction = uniformValues(4, seed: 4).map(Double.init)
    let loss = { (input: [Double], weights: [Double], bias: [Double]) in
      zip(layer.forward(input, weights: weights, bias: bias), direction).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let start = loss(input, weights, bias)
    let inputGradient = layer.inputGradient(direction, weights: weights)
    let gradient = layer.parameterGradient(input, outputGradient: direction)

    for i in input.indices {
      var changed = input
      changed[i] += 1
      #expect(abs(loss(changed, weights, bias) - start - inputGradient[i]) < 1e-12)
    }
    for i in weights.indices {
      var changed = weights
      changed[i] += 1
      #expect(abs(loss(input, changed, bias) - start - gradient.weights[i]) < 1e-12)
    }
    for i in bias.indices {
      var changed = bias
      changed[i] += 1
      #expect(abs(loss(input, weights, changed) - start - gradient.bias[i]) < 1e-12)
    }
  }
}
