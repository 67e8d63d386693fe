import Kernels
import Tensors

/// A fully connected layer with the ReLU behind it, on inputs in any layout.
final class DenseOperation: Operation {
  private let kernel: DenseKernel
  private let weights: ParameterLayout.Entry
  private let bias: ParameterLayout.Entry?

  var input: ActivationLayout { kernel.layer.input }
  var output: ActivationLayout { .vector(kernel.layer.outputs) }
  var scratch: KernelScratch { kernel.scratch }
  let privateBytes: Int
  var implementations: [String] { kernel.implementations }
  var layer: CompiledNetwork.Layer? {
    CompiledNetwork.Layer(weights: weights.name, shape: .dense(kernel.layer))
  }

  init(
    input: ActivationLayout, relu: Bool, batch: Int, weights: ParameterLayout.Entry,
    bias: ParameterLayout.Entry?
  ) throws {
    let layer = DenseLayer(input: input, outputs: weights.shape[0], bias: bias != nil, relu: relu)
    do {
      kernel = try DenseKernel(layer, batch: batch, choice: DenseChoice(for: layer))
      privateBytes = try kernel.privateBytes()
    } catch {
      throw error.located(at: weights, batch: batch)
    }
    self.weights = weights
    self.bias = bias
  }

  func pack(_ parameters: ParameterArena, on context: KernelContext) throws {
    try kernel.pack(
      weights: parameters.pointer + weights.offset,
      bias: bias.map { UnsafePointer(parameters.pointer + $0.offset) }, on: context)
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    BoundWeightedOperation(
      try BoundDenseKernel(
        kernel, input: buffers.input, output: buffers.output, inputGradient: buffers.inputGradient,
        outputGradient: buffers.outputGradient, on: context),
      weights: weights, bias: bias)
  }
}
