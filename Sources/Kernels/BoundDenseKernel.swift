import CKernels
public import Tensors

/// A fully connected layer with the buffers of one thread.
public final class BoundDenseKernel {
  private let kernel: DenseKernel
  private let layer: DenseLayer
  private let library: BoundAffineKernel
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let outputGradient: AlignedBuffer<Float>
  private let tiles: Int
  /// Tiles of 16 samples side by side: (tiles, inputs or outputs, 16).
  private let transposed: AlignedBuffer<Float>
  private let partial: AlignedBuffer<Float>
  /// Results of whole tiles, for a micro-batch that is no multiple of 16.
  private let tail: AlignedBuffer<Float>
  /// Lists of what is not zero.
  private let lists: AlignedBuffer<Float>
  /// The input in (C, H, W) order, for gradients by weights and oneDNN; the input itself where it is so already.
  private let plainInput: AlignedBuffer<Float>
  /// Likewise the gradient by the input, where oneDNN computes it.
  private let plainInputGradient: AlignedBuffer<Float>

  /// Binds `kernel` to activations and their gradients.
  ///
  /// - Throws: `OneDNNError`.
  public init(
    _ kernel: DenseKernel, input: AlignedBuffer<Float>, output: AlignedBuffer<Float>,
    inputGradient: AlignedBuffer<Float>, outputGradient: AlignedBuffer<Float>, on context: KernelContext
  ) throws(OneDNNError) {
    self.kernel = kernel
    self.input = input
    self.output = output
    self.inputGradient = inputGradient
    self.outputGradient = outputGradient
    layer = kernel.layer
    let extents = Extents(kernel)
    tiles = (kernel.batch + 15) / 16
    transposed = AlignedBuffer(count: extents.transposed)
    partial = AlignedBuffer(count: extents.partial)
    tail = AlignedBuffer(count: extents.tail)
    lists = AlignedBuffer(count: extents.lists)
    let isPlain = layer.input.lanes == 1
    plainInput = isPlain ? input : AlignedBuffer(count: kernel.batch * layer.input.values)
    if isPlain {
      plainInputGradient = inputGradient
    } else {
      plainInputGradient = kernel.isOwn ? plainInput : AlignedBuffer(count: plainInput.count)
    }
    library = try BoundAffineKernel(
      kernel.library, input: plainInput, output: output, inputGradient: plainInputGradient,
      outputGradient: outputGradient, on: context)
  }

  /// The elements of its buffers.
  struct Extents {
    let transposed: Int
    let partial: Int
    let tail: Int
    let lists: Int
    /// Of inputs and their gradients in the plain layout.
    let plain: Int

    init(_ kernel: DenseKernel) {
      let layer = kernel.layer
      let widest = kernel.isOwn ? max(layer.input.elements, layer.outputs) : 0
      let tiles = (kernel.batch + 15) / 16
      transposed = tiles * widest * 16
      partial = tiles * (widest + 15) / 16 * 256 + 256
      tail = kernel.batch % 16 == 0 ? 0 : tiles * 16 * widest
      lists = layer.skipsZeros ? ckernels_gated_scratch(layer.outputs, kernel.batch) : 0
      let copies = layer.input.lanes == 1 ? 0 : kernel.isOwn ? 1 : 2
      plain = copies * kernel.batch * layer.input.values
    }
  }

  /// Computes the output from the input.
  public func forward() throws(OneDNNError) {
    guard kernel.isOwn else {
      makeInputPlain()
      try library.forward()
      if layer.relu { Passes.selected.relu(output.pointer, kernel.batch * layer.outputs) }
      return
    }
    run(
      from: input, width: layer.input.elements, to: output, outputs: layer.outputs,
      weights: kernel.forwardWeights, bias: kernel.bias.pointer, relu: layer.relu)
  }

  /// Computes the gradient by the input from the gradient by the output.
  public func backwardInput() throws(OneDNNError) {
    maskGradient()
    guard kernel.isOwn else {
      try library.backwardInput()
      if layer.input.lanes > 1 {
        Passes.selected.block(
          plainInputGradient.pointer, into: inputGradient.pointer, layer.input, samples: kernel.batch)
      }
      return
    }
    if layer.skipsZeros {
      kernel.table.pointee.gated(
        outputGradient.pointer, kernel.backwardWeights.pointer, layer.outputs, layer.input.elements,
        kernel.batch, lists.pointer, inputGradient.pointer)
      return
    }
    run(
      from: outputGradient, width: layer.outputs, to: inputGradient, outputs: layer.input.elements,
      weights: kernel.backwardWeights, bias: nil, relu: false)
  }

  /// Computes the gradient by weights and bias, summed over the samples, into the given places.
  public func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError) {
    maskGradient()
    // Where oneDNN ran the forward pass, that has been done.
    if kernel.isOwn { makeInputPlain() }
    guard kernel.ownsParameterGradient else {
      try library.backwardParameters(weights: weights, bias: bias)
      return
    }
    kernel.table.pointee.dense_weights(
      outputGradient.pointer, plainInput.pointer, layer.input.values, layer.outputs, kernel.batch,
      lists.pointer, weights, bias)
  }

  private func makeInputPlain() {
    guard layer.input.lanes > 1 else { return }
    Passes.selected.unblock(input.pointer, into: plainInput.pointer, layer.input, samples: kernel.batch)
  }

  /// Takes the ReLU into account; doing so twice changes nothing.
  private func maskGradient() {
    guard layer.relu else { return }
    Passes.selected.reluGradient(
      outputGradient.pointer, output: output.pointer, kernel.batch * layer.outputs)
  }

  private func run(
    from source: AlignedBuffer<Float>, width: Int, to destination: AlignedBuffer<Float>, outputs: Int,
    weights: AlignedBuffer<Float>, bias: UnsafePointer<Float>?, relu: Bool
  ) {
    let table = kernel.table.pointee
    for tile in 0..<tiles {
      let start = tile * 16
      table.transpose(
        source.pointer + start * width, width, min(16, kernel.batch - start),
        transposed.pointer + start * width)
    }
    let isWhole = kernel.batch % 16 == 0
    table.dense(
      transposed.pointer, weights.pointer, bias, width, outputs, tiles, relu ? 1 : 0, partial.pointer,
      isWhole ? destination.pointer : tail.pointer)
    if !isWhole { destination.pointer.update(from: tail.pointer, count: kernel.batch * outputs) }
  }
}
