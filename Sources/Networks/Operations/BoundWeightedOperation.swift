import Kernels
import Tensors

/// A kernel with weights, and perhaps a bias, on buffers of its own.
protocol BoundWeightedKernel {
  func forward() throws(OneDNNError)
  func backwardInput() throws(OneDNNError)
  func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError)
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

/// A layer with weights, which knows where their gradients go.
final class BoundWeightedOperation<Kernel: BoundWeightedKernel>: BoundOperation {
  private let kernel: Kernel
  private let weights: ParameterLayout.Entry
  private let bias: ParameterLayout.Entry?

  init(_ kernel: Kernel, weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?) {
    self.kernel = kernel
    self.weights = weights
    self.bias = bias
  }

  func forward(_ pass: ForwardPass) throws { try kernel.forward() }
  func backwardInput() throws { try kernel.backwardInput() }

  func backwardParameters(into gradient: ParameterArena) throws {
    try kernel.backwardParameters(
      weights: gradient.pointer + weights.offset, bias: bias.map { gradient.pointer + $0.offset })
  }
}
