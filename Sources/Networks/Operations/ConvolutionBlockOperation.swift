import Kernels
import Tensors

/// A convolution with its ReLU and pooling, as one operation.
final class ConvolutionBlockOperation: Operation {
  private let kernel: ConvolutionBlockKernel
  private let weights: ParameterLayout.Entry
  private let bias: ParameterLayout.Entry

  var input: ActivationLayout { kernel.block.input }
  var output: ActivationLayout { kernel.block.output }
  var scratch: KernelScratch { kernel.scratch }
  let privateBytes: Int
  var implementations: [String] { kernel.implementations }
  var layer: CompiledNetwork.Layer? {
    CompiledNetwork.Layer(weights: weights.name, shape: .convolution(kernel.block))
  }

  init(
    _ block: ConvolutionBlock, batch: Int, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry
  ) throws {
    do {
      kernel = try ConvolutionBlockKernel(block, batch: batch, choice: KernelChoice(for: block))
      privateBytes = try kernel.privateBytes()
    } catch {
      throw error.located(at: weights, batch: batch)
    }
    self.weights = weights
    self.bias = bias
  }

  func pack(_ parameters: ParameterArena, on context: KernelContext) throws {
    try kernel.pack(
      weights: parameters.pointer + weights.offset, bias: parameters.pointer + bias.offset, on: context)
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    BoundWeightedOperation(
      try BoundConvolutionBlock(
        kernel, input: buffers.input, output: buffers.output, inputGradient: buffers.inputGradient,
        outputGradient: buffers.outputGradient, on: context),
      weights: weights, bias: bias)
  }
}
