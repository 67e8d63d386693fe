import Kernels
import Tensors

/// What computes a layer with weights and perhaps a bias, for one micro-batch size.
protocol WeightedKernel: AnyObject, Sendable {
  associatedtype Bound: BoundWeightedKernel where Bound.Kernel == Self

  var input: ActivationLayout { get }
  var output: ActivationLayout { get }
  var scratch: KernelScratch { get }
  var implementations: [String] { get }
  /// What several implementations can run; nil where there is no choice.
  var shape: KernelShape? { get }

  func privateBytes() throws(OneDNNError) -> Int
  func pack(
    weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, on context: KernelContext
  ) throws(OneDNNError)
}

/// A kernel with weights on the buffers of one thread.
protocol BoundWeightedKernel {
  associatedtype Kernel

  init(
    _ kernel: Kernel, input: AlignedBuffer<Float>, output: AlignedBuffer<Float>,
    inputGradient: AlignedBuffer<Float>, outputGradient: AlignedBuffer<Float>, on context: KernelContext
  ) throws(OneDNNError)

  func forward() throws(OneDNNError)
  func backwardInput() throws(OneDNNError)
  func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError)
}

extension WeightedKernel {
  /// Prepares the kernel to run on one thread's buffers.
  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws(OneDNNError) -> Bound {
    try Bound(
      self, input: buffers.input, output: buffers.output, inputGradient: buffers.inputGradient,
      outputGradient: buffers.outputGradient, on: context)
  }
}

extension BoundAffineKernel: BoundWeightedKernel {}
extension BoundDenseKernel: BoundWeightedKernel {}
extension BoundConvolutionBlock: BoundWeightedKernel {
  func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError) {
    guard let bias else { preconditionFailure("a convolution block has a bias") }
    try backwardParameters(weights: weights, bias: bias)
  }
}

extension AffineKernel: WeightedKernel {
  typealias Bound = BoundAffineKernel

  var input: ActivationLayout { geometry.input }
  var output: ActivationLayout { geometry.output }
  var shape: KernelShape? { nil }
}

extension DenseKernel: WeightedKernel {
  typealias Bound = BoundDenseKernel

  var input: ActivationLayout { layer.input }
  var output: ActivationLayout { .vector(layer.outputs) }
  var shape: KernelShape? { .dense(layer) }
}

extension ConvolutionBlockKernel: WeightedKernel {
  typealias Bound = BoundConvolutionBlock

  var input: ActivationLayout { block.input }
  var output: ActivationLayout { block.output }
  var shape: KernelShape? { .convolution(block) }

  func pack(
    weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, on context: KernelContext
  ) throws(OneDNNError) {
    guard let bias else { preconditionFailure("a convolution block has a bias") }
    try pack(weights: weights, bias: bias, on: context)
  }
}
