import Kernels
import ReferenceNetworks
import Tensors
import Testing

/// A block to check: a convolution, ReLU, and 2x2 pooling where `pool` is 2.
struct BlockCase: CustomTestStringConvertible, Sendable {
  var shape: ReferenceConvolution
  var pool: Int
  var batch: Int

  /// First layers of one and three channels with every kernel, stride and pooling, on odd and even extents.
  static let firstLayers: [BlockCase] = {
    let extents = [(9, 9), (28, 28), (13, 10), (32, 31), (11, 20)]
    let channels = [16, 10, 32, 33, 48]
    var cases: [BlockCase] = []
    for inputChannels in [1, 2, 3] {
      for kernel in 3...7 {
        for stride in 1...2 {
          for pool in 1...2 {
            let turn = cases.count
            let (height, width) = extents[turn % extents.count]
            let shape = ReferenceConvolution(
              inputChannels: inputChannels, height: height, width: width,
              outputChannels: channels[(turn / 2 + kernel) % channels.count], kernel: kernel, stride: stride,
              padding: turn % 3)
            cases.append(BlockCase(shape: shape, pool: pool, batch: [1, 3, 2][turn % 3]))
          }
        }
      }
    }
    // Samples side by side: as many as there is room for, and one more.
    for (pool, batch) in [(1, 16), (2, 16), (1, 17), (2, 17)] {
      let shape = ReferenceConvolution(
        inputChannels: batch - 15, height: 9, width: 10, outputChannels: 10, kernel: 3, stride: 1, padding: 1)
      cases.append(BlockCase(shape: shape, pool: pool, batch: batch))
    }
    return cases
  }()

  /// Later layers, those of the architectures among them.
  static let laterLayers: [BlockCase] = {
    // Input channels, height, width, output channels, kernel, stride, padding, pool.
    let rows = [
      (10, 12, 12, 20, 5, 1, 0, 2), (16, 14, 14, 32, 4, 2, 1, 1), (32, 14, 14, 64, 5, 1, 2, 2),
      (32, 26, 26, 32, 3, 1, 0, 2), (32, 12, 12, 64, 3, 1, 0, 1), (64, 10, 10, 64, 3, 1, 0, 2),
      (4, 7, 9, 5, 3, 2, 1, 2), (17, 8, 11, 9, 1, 1, 0, 1), (40, 6, 6, 70, 7, 1, 3, 2),
      (64, 9, 9, 16, 7, 2, 3, 1),
      (16, 5, 5, 16, 2, 1, 0, 2), (32, 13, 11, 48, 3, 1, 1, 1), (20, 9, 9, 70, 5, 1, 1, 1),
      (16, 14, 14, 40, 3, 1, 2, 2), (33, 7, 7, 17, 5, 1, 4, 1), (48, 6, 5, 16, 5, 1, 2, 2),
      // Two digits of kernel.
      (16, 14, 15, 16, 13, 1, 6, 1),
    ]
    return rows.map { row in
      let shape = ReferenceConvolution(
        inputChannels: row.0, height: row.1, width: row.2, outputChannels: row.3, kernel: row.4,
        stride: row.5,
        padding: row.6)
      return BlockCase(shape: shape, pool: row.7, batch: 2)
    }
  }()

  var isFirst: Bool { shape.inputChannels <= 3 }

  func block(_ set: InstructionSet) -> ConvolutionBlock {
    let lanes = set.channelLanes
    let input = ActivationLayout(
      channels: shape.inputChannels, height: shape.height, width: shape.width, lanes: isFirst ? 1 : lanes)
    return ConvolutionBlock(
      .convolution(
        input: input, outputChannels: shape.outputChannels, kernel: shape.kernel, stride: shape.stride,
        padding: shape.padding, lanes: lanes),
      pool: pool)
  }

  var testDescription: String {
    """
    \(shape.inputChannels)x\(shape.height)x\(shape.width) to \(shape.outputChannels), \
    \(shape.kernel)x\(shape.kernel) stride \(shape.stride) padding \(shape.padding), pool \(pool)
    """
  }
}

@Suite("Convolution blocks")
struct ConvolutionBlockTests {
  static let sets = InstructionSet.allCases.filter { $0 <= .supported }

  @Test(
    "First layers agree with the definition in Double, whatever runs them", arguments: BlockCase.firstLayers)
  func firstLayers(_ test: BlockCase) throws {
    try checkAll(test)
  }

  @Test(
    "Later layers agree with the definition in Double, whatever runs them", arguments: BlockCase.laterLayers)
  func laterLayers(_ test: BlockCase) throws {
    try checkAll(test)
  }

  private func checkAll(_ test: BlockCase) throws {
    OneDNN.useOneThread()
    let operands = BlockOperands(test)
    let expected = operands.expected(of: test)
    for set in Self.sets {
      let block = test.block(set)
      for forward in block.forwardChoices {
        for backward in block.backwardChoices {
          // What runs forward makes no difference to the gradients by the parameters.
          let isFirst = forward == block.forwardChoices[0]
          for parameters in block.parameterGradientChoices.prefix(isFirst ? .max : 1) {
            let kernel = try ConvolutionBlockKernel(
              block, batch: test.batch, forward: forward, backward: backward, parameterGradient: parameters,
              instructionSet: set)
            try check(
              kernel, operands, expected,
              "\(set), forward \(forward), backward \(backward), parameters \(parameters)")
          }
        }
      }
    }
  }

  private func check(
    _ kernel: ConvolutionBlockKernel, _ operands: BlockOperands, _ expected: ReferenceBlock.Result,
    _ comment: Comment
  ) throws {
    let (block, batch) = (kernel.block, kernel.batch)
    let context = try KernelContext(kernel.scratch)
    let weights = AlignedBuffer(operands.weights)
    let bias = AlignedBuffer(operands.bias)
    try kernel.pack(weights: weights.pointer, bias: bias.pointer, on: context)
    let input = LayoutBuffer(block.input, batch: batch)
    let output = LayoutBuffer(block.output, batch: batch)
    let inputGradient = LayoutBuffer(block.input, batch: batch)
    let outputGradient = LayoutBuffer(block.output, batch: batch)
    let bound = try BoundConvolutionBlock(
      kernel, input: input.buffer, output: output.buffer, inputGradient: inputGradient.buffer,
      outputGradient: outputGradient.buffer, on: context)
    input.values = operands.images
    try bound.forward()
    outputGradient.values = operands.gradient
    let weightGradient = AlignedBuffer<Float>(count: weights.count)
    let biasGradient = AlignedBuffer<Float>(count: bias.count)
    try bound.backwardParameters(weights: weightGradient.pointer, bias: biasGradient.pointer)
    try bound.backwardInput()

    #expect(relativeError(output.values, expected.output) < 1e-5, comment)
    #expect(relativeError(inputGradient.values, expected.inputGradient) < 1e-5, comment)
    #expect(relativeError(weightGradient.elements, expected.weights) < 1e-5, comment)
    #expect(relativeError(biasGradient.elements, expected.bias) < 1e-5, comment)
    #expect(output.paddingIsZero && inputGradient.paddingIsZero, comment)
  }
}

/// What goes into a block, the same whatever runs it.
private struct BlockOperands {
  let weights: [Float]
  let bias: [Float]
  let images: [Float]
  let gradient: [Float]

  init(_ test: BlockCase) {
    weights = uniformValues(test.shape.weightCount, seed: 1)
    bias = uniformValues(test.shape.outputChannels, seed: 2)
    images = uniformValues(test.batch * test.shape.inputCount, seed: 3)
    gradient = uniformValues(test.batch * test.block(.portable).output.values, seed: 4)
  }

  func expected(of test: BlockCase) -> ReferenceBlock.Result {
    ReferenceBlock(test.shape, pool: test.pool).run(
      images, gradient, weights: weights, bias: bias, batch: test.batch)
  }
}
