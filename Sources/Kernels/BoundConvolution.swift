import CKernels
public import Tensors

/// A convolution without bias with the buffers of one thread.
public final class BoundConvolution {
  /// What it runs.
  public let kernel: ConvolutionKernel
  private let library: BoundAffineKernel
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let outputGradient: AlignedBuffer<Float>
  private var shape: ckernels_convolution
  private var transposed: ckernels_convolution
  private let filtering: AlignedBuffer<Float>
  private let across: AlignedBuffer<Float>

  /// Binds `kernel` to activations and their gradients.
  ///
  /// - Throws: `OneDNNError`.
  public init(
    _ kernel: ConvolutionKernel, input: AlignedBuffer<Float>, output: AlignedBuffer<Float>,
    inputGradient: AlignedBuffer<Float>, outputGradient: AlignedBuffer<Float>, on context: KernelContext
  ) throws(OneDNNError) {
    self.kernel = kernel
    self.input = input
    self.output = output
    self.inputGradient = inputGradient
    self.outputGradient = outputGradient
    var shape = kernel.geometry.convolutionShape
    transposed = ckernels_winograd_transposed(&shape)
    self.shape = shape
    let needed = kernel.filterScratch
    filtering = context.filtering.count >= needed ? context.filtering : AlignedBuffer(count: needed)
    across = AlignedBuffer(count: kernel.acrossScratch)
    library = try BoundAffineKernel(
      kernel.library, input: input, output: output, inputGradient: inputGradient,
      outputGradient: outputGradient, on: context)
  }

  /// Computes the output from the input, and what follows.
  ///
  /// - Parameters:
  ///   - finish: What follows.
  ///   - isDirect: Whether products are summed directly, without transforms.
  /// - Precondition: nothing follows, or the kernel `finishesForward` and is not direct.
  public func forward(_ finish: ConvolutionFinish?, isDirect: Bool) throws(OneDNNError) {
    guard kernel.forward == .filter, !isDirect else {
      precondition(finish == nil, "this convolution takes nothing on")
      try library.forward()
      return
    }
    let finish = finish ?? ConvolutionFinish()
    var parts = finish.parts
    kernel.table.pointee.filter(
      &shape, kernel.batch, input.pointer, kernel.forwardWeights.pointer, &parts, filtering.pointer,
      (finish.output ?? output).pointer)
  }

  /// Computes the gradient by the input from the gradient by the output, and by what precedes.
  ///
  /// - Precondition: nothing precedes, or the kernel `finishesBackward` and is not direct.
  public func backwardInput(_ finish: ConvolutionFinish?, isDirect: Bool) throws(OneDNNError) {
    let choice = isDirect && kernel.backward == .filter ? .library : kernel.backward
    precondition(finish == nil || choice == .filter, "this convolution takes nothing on")
    switch choice {
    case .library:
      try library.backwardInput()
    case .filter:
      var parts = (finish ?? ConvolutionFinish()).parts
      kernel.table.pointee.filter(
        &transposed, kernel.batch, outputGradient.pointer, kernel.backwardWeights.pointer, &parts,
        filtering.pointer, inputGradient.pointer)
    case .across:
      for start in stride(from: 0, to: kernel.batch, by: 16) {
        kernel.table.pointee.across_backward(
          &shape, min(16, kernel.batch - start),
          outputGradient.pointer + start * kernel.geometry.output.elements, nil, nil,
          kernel.backwardWeights.pointer, across.pointer,
          inputGradient.pointer + start * kernel.geometry.input.elements)
      }
    }
  }

  /// Computes the gradient by the weights, summed over the samples.
  public func backwardParameters(weights: UnsafeMutablePointer<Float>) throws(OneDNNError) {
    try library.backwardParameters(weights: weights, bias: nil)
  }
}
