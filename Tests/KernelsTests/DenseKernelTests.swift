import Kernels
import ReferenceNetworks
import Tensors
import Testing

@Suite("Fully connected layers of our own")
struct DenseKernelTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var channels: Int
    var edge: Int
    var isBlocked: Bool
    var outputs: Int
    var bias: Bool
    var relu: Bool
    var batch: Int

    func layer(_ set: InstructionSet) -> DenseLayer {
      let input = ActivationLayout(
        channels: channels, height: edge, width: edge, lanes: isBlocked ? set.channelLanes : 1)
      return DenseLayer(input: input, outputs: outputs, bias: bias, relu: relu)
    }

    var testDescription: String {
      "\(channels)x\(edge)x\(edge)\(isBlocked ? " blocked" : "") to \(outputs), batch \(batch)\(relu ? ", ReLU" : "")"
    }
  }

  static let cases = [
    Case(channels: 784, edge: 1, isBlocked: false, outputs: 10, bias: true, relu: false, batch: 16),
    Case(channels: 20, edge: 4, isBlocked: true, outputs: 50, bias: true, relu: true, batch: 50),
    Case(channels: 32, edge: 7, isBlocked: true, outputs: 100, bias: true, relu: true, batch: 16),
    Case(channels: 64, edge: 7, isBlocked: true, outputs: 64, bias: true, relu: true, batch: 17),
    Case(channels: 1, edge: 1, isBlocked: false, outputs: 1, bias: false, relu: false, batch: 1),
    Case(channels: 17, edge: 1, isBlocked: false, outputs: 3, bias: true, relu: true, batch: 33),
    Case(channels: 300, edge: 1, isBlocked: false, outputs: 257, bias: false, relu: true, batch: 5),
    Case(channels: 5, edge: 3, isBlocked: true, outputs: 16, bias: true, relu: false, batch: 7),
  ]

  @Test("All passes agree with the definition in Double on every instruction set", arguments: cases)
  func agreement(_ test: Case) throws {
    for set in ConvolutionBlockTests.sets { try check(test, set, .rule(for: test.layer(set))) }
  }

  @Test(
    "Every implementation that oneDNN names runs when it is chosen, and agrees with the definition in Double",
    arguments: cases)
  func library(_ test: Case) throws {
    let layer = test.layer(.selected)
    for library in try AffineOffers(layer.product, batch: test.batch).choices {
      let plain = DenseChoice(isOwn: false, library: library)
      #expect(try check(test, .selected, plain) == library.names)
      let mixed = DenseChoice(isOwn: true, library: library)
      #expect(try check(test, .selected, mixed).last == library.weights)
      guard layer.skipsZeros else { continue }
      let reverse = DenseChoice(isOwn: false, ownsParameterGradient: true, library: library)
      #expect(try check(test, .selected, reverse) == library.names.dropLast() + ["own:gated"])
    }
  }

  /// Returns the implementations that ran.
  @discardableResult
  private func check(_ test: Case, _ set: InstructionSet, _ choice: DenseChoice) throws -> [String] {
    let harness = try DenseHarness(test, set, choice)
    let reference = ReferenceLinear(inputs: harness.inputs, outputs: test.outputs)
    let weights = harness.weights.elements.map(Double.init)
    let bias = test.bias ? harness.bias.elements.map(Double.init) : []
    let images = uniformValues(test.batch * harness.inputs, seed: 3)
    let gradient = uniformValues(test.batch * test.outputs, seed: 4)
    let found = try harness.run(images, gradient)
    var output: [Double] = []
    var inputGradient: [Double] = []
    var weightGradient = weights.map { _ in 0.0 }
    var biasGradient = [Double](repeating: 0, count: test.outputs)
    for sample in 0..<test.batch {
      let image = images[sample * harness.inputs..<(sample + 1) * harness.inputs].map(Double.init)
      var out = reference.forward(image, weights: weights, bias: bias)
      var g = gradient[sample * test.outputs..<(sample + 1) * test.outputs].map(Double.init)
      if test.relu {
        for (i, value) in out.enumerated() where value <= 0 {
          g[i] = 0
          out[i] = 0
        }
      }
      output += out
      inputGradient += reference.inputGradient(g, weights: weights)
      let parameters = reference.parameterGradient(image, outputGradient: g)
      for (i, value) in parameters.weights.enumerated() { weightGradient[i] += value }
      for (i, value) in parameters.bias.enumerated() { biasGradient[i] += value }
    }
    #expect(relativeError(found.output, output) < 1e-5, "\(set), \(harness.implementations)")
    #expect(relativeError(found.inputGradient, inputGradient) < 1e-5, "\(set), \(harness.implementations)")
    #expect(relativeError(found.weights, weightGradient) < 1e-5, "\(set), \(harness.implementations)")
    if test.bias {
      #expect(relativeError(found.bias, biasGradient) < 1e-5, "\(set), \(harness.implementations)")
    }
    return harness.implementations
  }

  @Test("A sample's outputs and gradients do not depend on its row or its neighbours", arguments: cases)
  func rowIndependence(_ test: Case) throws {
    for set in ConvolutionBlockTests.sets {
      let harness = try DenseHarness(test, set, .rule(for: test.layer(set)))
      let images = uniformValues(test.batch * harness.inputs, seed: 5)
      let gradient = uniformValues(test.batch * test.outputs, seed: 6)
      let straight = try harness.run(images, gradient)
      let reversed = try harness.run(
        Self.reversed(images, harness.inputs), Self.reversed(gradient, test.outputs))
      #expect(bits(Self.reversed(reversed.output, test.outputs)) == bits(straight.output))
      #expect(bits(Self.reversed(reversed.inputGradient, harness.inputs)) == bits(straight.inputGradient))
    }
  }

  private static func reversed(_ values: [Float], _ width: Int) -> [Float] {
    stride(from: 0, to: values.count, by: width).reversed().flatMap { values[$0..<$0 + width] }
  }
}

/// A dense kernel with random operands, run on plain arrays.
private struct DenseHarness {
  let inputs: Int
  let implementations: [String]
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>
  private let hasBias: Bool
  private let bound: BoundDenseKernel
  private let input: LayoutBuffer
  private let output: LayoutBuffer
  private let inputGradient: LayoutBuffer
  private let outputGradient: LayoutBuffer

  init(_ test: DenseKernelTests.Case, _ set: InstructionSet, _ choice: DenseChoice) throws {
    OneDNN.useOneThread()
    let layer = test.layer(set)
    let layout = layer.input
    inputs = layout.values
    weights = AlignedBuffer(uniformValues(inputs * test.outputs, seed: 1))
    bias = AlignedBuffer(uniformValues(test.outputs, seed: 2))
    hasBias = test.bias
    let kernel = try DenseKernel(layer, batch: test.batch, choice: choice, instructionSet: set)
    implementations = kernel.implementations
    let context = try KernelContext(kernel.scratch)
    try kernel.pack(
      weights: weights.pointer, bias: test.bias ? UnsafePointer(bias.pointer) : nil, on: context)
    input = LayoutBuffer(layout, batch: test.batch)
    output = LayoutBuffer(.vector(test.outputs), batch: test.batch)
    inputGradient = LayoutBuffer(layout, batch: test.batch)
    outputGradient = LayoutBuffer(.vector(test.outputs), batch: test.batch)
    bound = try BoundDenseKernel(
      kernel, input: input.buffer, output: output.buffer, inputGradient: inputGradient.buffer,
      outputGradient: outputGradient.buffer, on: context)
  }

  func run(
    _ images: [Float], _ gradient: [Float]
  ) throws -> (output: [Float], inputGradient: [Float], weights: [Float], bias: [Float]) {
    input.values = images
    try bound.forward()
    outputGradient.values = gradient
    let weightGradient = AlignedBuffer([Float](repeating: .nan, count: weights.count))
    let biasGradient = AlignedBuffer([Float](repeating: .nan, count: bias.count))
    try bound.backwardParameters(
      weights: weightGradient.pointer, bias: hasBias ? biasGradient.pointer : nil)
    try bound.backwardInput()
    return (
      output.values, inputGradient.values, Array(weightGradient.elements), Array(biasGradient.elements)
    )
  }
}
