import Kernels
import Tensors

/// A convolution without bias.
///
/// Where normalizations use running statistics, it takes on those around it, and the sums of residual blocks: see
/// `OperationLinks`.
final class ConvolutionOperation: Operation {
  let kernel: ConvolutionKernel
  private let weights: ParameterLayout.Entry
  let privateBytes: Int

  var input: ActivationLayout { kernel.geometry.input }
  var output: ActivationLayout { kernel.geometry.output }
  var scratch: KernelScratch { kernel.scratch }
  var implementations: [String] { kernel.implementations }

  init(_ geometry: AffineGeometry, batch: Int, weights: ParameterLayout.Entry) throws {
    do {
      kernel = try ConvolutionKernel(geometry, batch: batch)
      privateBytes = try kernel.privateBytes()
    } catch {
      throw error.located(at: weights, batch: batch)
    }
    self.weights = weights
  }

  func pack(_ parameters: ParameterArena, on context: KernelContext) throws {
    try kernel.pack(weights: parameters.pointer + weights.offset, on: context)
  }

  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation {
    Bound(
      try BoundConvolution(
        kernel, input: buffers.input, output: buffers.output, inputGradient: buffers.inputGradient,
        outputGradient: buffers.outputGradient, on: context), weights)
  }

  final class Bound: BoundOperation {
    private let kernel: BoundConvolution
    private let weights: ParameterLayout.Entry
    /// What follows and what precedes, where that is taken on.
    var following: ConvolutionFinish?
    var preceding: ConvolutionFinish?
    private var isFused = false
    private var isDirect = false

    init(_ kernel: BoundConvolution, _ weights: ParameterLayout.Entry) {
      self.kernel = kernel
      self.weights = weights
    }

    func forward(_ pass: ForwardPass) throws {
      isFused = pass.isFused
      isDirect = pass.mode.statistics == .batch
      try kernel.forward(isFused ? following : nil, isDirect: isDirect)
    }

    func backwardInput() throws {
      try kernel.backwardInput(isFused ? preceding : nil, isDirect: isDirect)
    }

    func backwardParameters(into gradient: ParameterArena) throws {
      try kernel.backwardParameters(weights: gradient.pointer + weights.offset)
    }
  }
}
