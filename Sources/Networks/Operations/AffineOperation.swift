import Kernels
import Tensors

/// A convolution or fully connected layer.
final class AffineOperation: Operation {
  private let kernel: AffineKernel
  private let weights: ParameterLayout.Entry
  private let bias: ParameterLayout.Entry?

  var input: ActivationLayout { kernel.geometry.input }
  var output: ActivationLayout { kernel.geometry.output }
  var scratch: KernelScratch { kernel.scratch }
  let privateBytes: Int
  var implementations: [String] { kernel.implementations }

  init(
    _ geometry: AffineGeometry, batch: Int, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?
  ) throws {
    do {
      kernel = try AffineKernel(geometry, batch: batch)
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
      try BoundAffineKernel(
        kernel, input: buffers.input, output: buffers.output, inputGradient: buffers.inputGradient,
        outputGradient: buffers.outputGradient, on: context),
      weights: weights, bias: bias)
  }
}

extension OneDNNError {
  /// The error with the layer it is about.
  func located(at weights: ParameterLayout.Entry, batch: Int) -> OneDNNError {
    var located = self
    located.subject = "\(weights.name) of shape \(weights.shape) at micro-batch \(batch)"
    return located
  }
}
