import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Convolution kernels")
struct ConvolutionTests {
  @Test(
    "All three passes agree with the definition in Double",
    arguments: ConvolutionCase.ofArchitectures + ConvolutionCase.sweep)
  func agreesWithDefinition(_ convolution: ConvolutionCase) throws {
    try check(convolution, AffineChoice())
  }

  @Test(
    "Every implementation that oneDNN names runs when it is chosen, and agrees with the definition in Double",
    arguments: ConvolutionCase.ofArchitectures)
  func everyImplementation(_ convolution: ConvolutionCase) throws {
    let offers = try AffineOffers(convolution.geometry, batch: convolution.batch)
    for choice in offers.choices { try check(convolution, choice) }
  }

  private func check(_ convolution: ConvolutionCase, _ choice: AffineChoice) throws {
    let shape = convolution.shape
    let harness = try AffineHarness(convolution.geometry, batch: convolution.batch, choice: choice)
    let implementations = harness.kernel.implementations
    #expect(choice.names.isEmpty || implementations == choice.names)
    let input = uniformValues(convolution.batch * shape.inputCount, seed: 3)
    let gradient = uniformValues(convolution.batch * shape.outputCount, seed: 4)

    let output = try harness.forward(input)
    let inputGradient = try harness.backwardInput(gradient)
    let parameterGradient = try harness.backwardParameters(input: input, outputGradient: gradient)

    let weights = harness.weights.elements.map(Double.init)
    let bias = harness.bias.elements.map(Double.init)
    var expectedOutput: [Double] = []
    var expectedInputGradient: [Double] = []
    var expectedWeightGradient = [Double](repeating: 0, count: shape.weightCount)
    var expectedBiasGradient = [Double](repeating: 0, count: shape.outputChannels)
    for sample in 0..<convolution.batch {
      let x = input[sample * shape.inputCount..<(sample + 1) * shape.inputCount].map(Double.init)
      let g = gradient[sample * shape.outputCount..<(sample + 1) * shape.outputCount].map(Double.init)
      expectedOutput += shape.forward(x, weights: weights, bias: bias)
      expectedInputGradient += shape.inputGradient(g, weights: weights)
      let parts = shape.parameterGradient(x, outputGradient: g)
      for i in parts.weights.indices { expectedWeightGradient[i] += parts.weights[i] }
      for i in parts.bias.indices { expectedBiasGradient[i] += parts.bias[i] }
    }
    #expect(relativeError(output, expectedOutput) <= 1e-5, "\(implementations)")
    #expect(relativeError(inputGradient, expectedInputGradient) <= 1e-5, "\(implementations)")
    #expect(relativeError(parameterGradient.weights, expectedWeightGradient) <= 1e-5, "\(implementations)")
    #expect(relativeError(parameterGradient.bias, expectedBiasGradient) <= 1e-5, "\(implementations)")
    #expect(harness.paddingIsZero, "\(implementations)")
  }

  @Test("New weights take effect when they are packed, and not before")
  func packing() throws {
    let shape = ReferenceConvolution(
      inputChannels: 10, height: 6, width: 6, outputChannels: 20, kernel: 3, stride: 1, padding: 0)
    let harness = try AffineHarness(
      ConvolutionCase(shape: shape, isBlocked: true, batch: 2).geometry, batch: 2)
    let input = uniformValues(2 * shape.inputCount, seed: 3)
    let gradient = uniformValues(2 * shape.outputCount, seed: 4)
    let output = try harness.forward(input)
    let inputGradient = try harness.backwardInput(gradient)

    for i in harness.weights.elements.indices { harness.weights.pointer[i] *= 2 }
    for i in harness.bias.elements.indices { harness.bias.pointer[i] *= 2 }
    #expect(try harness.forward(input) == output)
    #expect(try harness.backwardInput(gradient) == inputGradient)
    try harness.pack()

    #expect(try harness.forward(input) == output.map { $0 * 2 })
    #expect(try harness.backwardInput(gradient) == inputGradient.map { $0 * 2 })
  }

  @Test("The reference convolution agrees with finite differences")
  func referenceByFiniteDifferences() {
    let shape = ReferenceConvolution(
      inputChannels: 2, height: 6, width: 5, outputChannels: 3, kernel: 3, stride: 2, padding: 1)
    let input = uniformValues(shape.inputCount, seed: 1).map(Double.init)
    let weights = uniformValues(shape.weightCount, seed: 2).map(Double.init)
    let bias = uniformValues(shape.outputChannels, seed: 3).map(Double.init)
    let direction = uniformValues(shape.outputCount, seed: 4).map(Double.init)
    let loss = { (input: [Double], weights: [Double], bias: [Double]) in
      zip(shape.forward(input, weights: weights, bias: bias), direction).reduce(0) { $0 + $1.0 * $1.1 }
    }
    // The loss is linear in each operand: a unit step has no truncation error.
    let slope = { (values: [Double], index: Int, loss: ([Double]) -> Double) in
      var changed = values
      changed[index] += 1
      return loss(changed) - loss(values)
    }

    let inputGradient = shape.inputGradient(direction, weights: weights)
    for i in input.indices {
      #expect(abs(slope(input, i) { loss($0, weights, bias) } - inputGradient[i]) < 1e-12)
    }
    let gradient = shape.parameterGradient(input, outputGradient: direction)
    for i in weights.indices {
      #expect(abs(slope(weights, i) { loss(input, $0, bias) } - gradient.weights[i]) < 1e-12)
    }
    for i in bias.indices {
      #expect(abs(slope(bias, i) { loss(input, weights, $0) } - gradient.bias[i]) < 1e-12)
    }
  }

  @Test("The kernels' gradients agree with differences of their own outputs")
  func kernelsByDifferences() throws {
    let shape = ReferenceConvolution(
      inputChannels: 3, height: 7, width: 9, outputChannels: 20, kernel: 4, stride: 2, padding: 1)
    let harness = try AffineHarness(
      ConvolutionCase(shape: shape, isBlocked: false, batch: 2).geometry, batch: 2)
    let input = uniformValues(2 * shape.inputCount, seed: 3)
    let direction = uniformValues(2 * shape.outputCount, seed: 4)
    let loss = { (input: [Float]) in
      zip(try harness.forward(input), direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let inputGradient = try harness.backwardInput(direction)
    let gradient = try harness.backwardParameters(input: input, outputGradient: direction)
    let start = try loss(input)

    for i in [0, 1, 62, 63, 188, 189, 200, 377] {
      var changed = input
      changed[i] += 1
      #expect(abs(try loss(changed) - start - Double(inputGradient[i])) < 1e-4)
    }
    for i in [0, 47, 48, 500, 959] {
      harness.weights.pointer[i] += 1
      try harness.pack()
      #expect(abs(try loss(input) - start - Double(gradient.weights[i])) < 1e-4)
      harness.weights.pointer[i] -= 1
    }
    for i in [0, 16, 19] {
      harness.bias.pointer[i] += 1
      try harness.pack()
      #expect(abs(try loss(input) - start - Double(gradient.bias[i])) < 1e-4)
      harness.bias.pointer[i] -= 1
    }
  }
}
