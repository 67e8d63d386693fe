import CKernels
public import Tensors

/// A convolution block with the buffers of one thread.
public final class BoundConvolutionBlock {
  private let kernel: ConvolutionBlockKernel
  private let library: BoundAffineKernel
  private var shape: ckernels_convolution
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let outputGradient: AlignedBuffer<Float>
  /// The convolution's output, where ReLU and pooling are a pass of their own.
  private let middle: AlignedBuffer<Float>
  /// The gradient by the convolution's output with all its zeros, for oneDNN.
  private let middleGradient: AlignedBuffer<Float>
  private let argmax: AlignedBuffer<UInt8>
  private let padded: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<UInt8>
  /// The planes and transforms of minimal filtering, each direction with its own border of zeros.
  private let filtered: AlignedBuffer<Float>
  private let filteredGradient: AlignedBuffer<Float>
  /// A plane and the gradients by the weights, in the order of the kernel that skips zeros.
  private let filters: AlignedBuffer<Float>
  private var transposed: ckernels_convolution

  /// Binds `kernel` to activations and their gradients.
  ///
  /// - Throws: `OneDNNError`.
  public init(
    _ kernel: ConvolutionBlockKernel, input: AlignedBuffer<Float>, output: AlignedBuffer<Float>,
    inputGradient: AlignedBuffer<Float>, outputGradient: AlignedBuffer<Float>, on context: KernelContext
  ) throws(OneDNNError) {
    let block = kernel.block
    var shape = block.shape
    self.kernel = kernel
    self.input = input
    self.output = output
    self.inputGradient = inputGradient
    self.outputGradient = outputGradient
    let extents = Extents(kernel)
    let middleCount = kernel.batch * block.middle.elements
    // Without pooling, the library writes where the output goes, and ReLU works there.
    middle = block.pool == 1 ? output : AlignedBuffer(count: middleCount)
    middleGradient = AlignedBuffer(count: middleCount)
    argmax = AlignedBuffer(count: extents.argmax)
    padded = AlignedBuffer(count: extents.padded)
    filtered = AlignedBuffer(count: extents.filtered)
    filteredGradient = AlignedBuffer(count: extents.filteredGradient)
    filters = AlignedBuffer(count: extents.filters)
    scratch = AlignedBuffer(count: extents.scratchBytes)
    transposed = ckernels_winograd_transposed(&shape)
    self.shape = shape
    library = try BoundAffineKernel(
      kernel.library, input: input, output: middle, inputGradient: inputGradient,
      outputGradient: middleGradient, on: context)
  }

  /// The elements of its buffers, those of `scratch` in bytes.
  struct Extents {
    let argmax: Int
    let padded: Int
    let filtered: Int
    let filteredGradient: Int
    let filters: Int
    let scratchBytes: Int

    init(_ kernel: ConvolutionBlockKernel) {
      let block = kernel.block
      let lanes = kernel.table.pointee.lanes
      var shape = block.shape
      var transposed = ckernels_winograd_transposed(&shape)
      argmax = block.pool == 1 ? 0 : kernel.batch * block.output.elements
      padded = kernel.forward == .direct ? ckernels_first_padded_floats(&shape) : 0
      filtered = kernel.forward == .winograd ? ckernels_winograd_scratch(&shape, lanes) : 0
      filteredGradient = kernel.backward == .winograd ? ckernels_winograd_scratch(&transposed, lanes) : 0
      filters = kernel.parameterGradient == .sparse ? ckernels_sparse_weights_scratch(&shape, lanes) : 0
      scratchBytes =
        switch kernel.backward {
        case .library, .winograd: 0
        case .shifted: 4 * ckernels_first_backward_scratch(&shape)
        case .across: 4 * ckernels_across_scratch(&shape)
        case .sparse: ckernels_sparse_scratch_bytes(&shape, lanes)
        }
    }
  }

  /// Computes the output from the input.
  public func forward() throws(OneDNNError) {
    let table = kernel.table.pointee
    switch kernel.forward {
    case .direct:
      for sample in 0..<kernel.batch {
        table.first_forward(
          &shape, input.pointer + sample * kernel.block.input.elements, kernel.forwardWeights.pointer,
          kernel.bias.pointer, padded.pointer, output.pointer + sample * kernel.block.output.elements,
          winners(of: sample))
      }
    case .winograd:
      table.winograd(
        &shape, kernel.batch, input.pointer, nil, kernel.forwardWeights.pointer, kernel.bias.pointer,
        filtered.pointer, output.pointer, winners(of: 0))
    case .library:
      try library.forward()
      if kernel.block.pool == 1 {
        Passes.selected.relu(output.pointer, kernel.batch * kernel.block.output.elements)
        return
      }
      for sample in 0..<kernel.batch {
        table.relu_pool(
          &shape, middle.pointer + sample * kernel.block.middle.elements,
          output.pointer + sample * kernel.block.output.elements, winners(of: sample))
      }
    }
  }

  /// Computes the gradient by the input from the gradient by the output.
  public func backwardInput() throws(OneDNNError) {
    let table = kernel.table.pointee
    switch kernel.backward {
    case .library:
      expandGradient()
      try library.backwardInput()
    case .winograd:
      table.winograd(
        &transposed, kernel.batch, outputGradient.pointer, output.pointer, kernel.backwardWeights.pointer,
        nil, filteredGradient.pointer, inputGradient.pointer, nil)
    case .shifted:
      let floats = UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: Float.self)
      for sample in 0..<kernel.batch {
        let out = sample * kernel.block.output.elements
        table.first_backward(
          &shape, outputGradient.pointer + out, output.pointer + out, winners(of: sample),
          kernel.backwardWeights.pointer, floats,
          inputGradient.pointer + sample * kernel.block.input.elements)
      }
    case .across:
      let floats = UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: Float.self)
      for start in stride(from: 0, to: kernel.batch, by: 16) {
        let out = start * kernel.block.output.elements
        table.across_backward(
          &shape, min(16, kernel.batch - start), outputGradient.pointer + out, output.pointer + out,
          kernel.block.pool == 1 ? nil : winners(of: start), kernel.backwardWeights.pointer, floats,
          inputGradient.pointer + start * kernel.block.input.elements)
      }
    case .sparse:
      for sample in 0..<kernel.batch {
        let out = sample * kernel.block.output.elements
        table.sparse_backward(
          &shape, outputGradient.pointer + out, output.pointer + out, winners(of: sample),
          kernel.backwardWeights.pointer, scratch.pointer,
          inputGradient.pointer + sample * kernel.block.input.elements)
      }
    }
  }

  /// Computes the gradient by weights and bias, summed over the samples, into the given places.
  public func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>
  ) throws(OneDNNError) {
    guard kernel.parameterGradient == .sparse else {
      expandGradient()
      try library.backwardParameters(weights: weights, bias: bias)
      return
    }
    kernel.table.pointee.sparse_weights(
      &shape, kernel.batch, input.pointer, outputGradient.pointer, output.pointer, winners(of: 0),
      filters.pointer, weights, bias)
  }

  private func winners(of sample: Int) -> UnsafeMutablePointer<UInt8> {
    argmax.pointer + (kernel.block.pool == 1 ? 0 : sample * kernel.block.output.elements)
  }

  private func expandGradient() {
    let table = kernel.table.pointee
    for sample in 0..<kernel.batch {
      let out = sample * kernel.block.output.elements
      table.expand_gradient(
        &shape, outputGradient.pointer + out, output.pointer + out, winners(of: sample),
        middleGradient.pointer + sample * kernel.block.middle.elements)
    }
  }
}
