import CKernels
public import Tensors

/// A fully connected layer of our own for micro-batches, with the ReLU behind it where there is one.
///
/// Runs 16 samples at a time, each in sums of its own, so that a sample's result depends on nothing but the
/// sample. Takes channel-blocked inputs as they lie: the weights' columns are permuted instead.
public final class DenseKernel: @unchecked Sendable {
  /// The layout of a sample that comes in.
  public let input: ActivationLayout
  /// The number of outputs.
  public let outputs: Int
  /// Whether ReLU follows.
  public let relu: Bool
  /// The number of samples of a pass.
  public let batch: Int

  let table: UnsafePointer<ckernels_convolution_table>
  /// (outputs/16, inputs, 16): a register of outputs for every input.
  let forwardWeights: AlignedBuffer<Float>
  /// A few registers of inputs for every output: (inputs/16, outputs, 16), or panels of them where zeros are skipped.
  let backwardWeights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>
  /// Whether the gradients skip what ReLU made zero.
  let skipsZeros: Bool
  private let hasBias: Bool
  /// Sixteen rows of weights in the order of the input, on their way into the kernels' formats.
  private let rows: AlignedBuffer<Float>
  /// For every place of the input, its column in the weights; -1 for padding.
  private let columns: [Int32]
  let library: AffineKernel

  /// Compiles a layer.
  ///
  /// - Throws: `OneDNNError`: the gradient by the weights is oneDNN's.
  public init(
    input: ActivationLayout, outputs: Int, bias hasBias: Bool, relu: Bool, batch: Int,
    instructionSet: InstructionSet = .selected
  ) throws(OneDNNError) {
    self.input = input
    self.outputs = outputs
    self.relu = relu
    self.batch = batch
    self.hasBias = hasBias
    skipsZeros = relu && input.elements % 16 == 0
    table = OwnKernels.table(for: instructionSet)
    forwardWeights = AlignedBuffer(count: (outputs + 15) / 16 * 16 * input.elements)
    backwardWeights = AlignedBuffer(count: (input.elements + 15) / 16 * 16 * outputs)
    bias = AlignedBuffer(count: (outputs + 15) / 16 * 16)
    rows = AlignedBuffer(count: 16 * input.elements)
    var columns = [Int32](repeating: -1, count: input.elements)
    for channel in 0..<input.channels {
      for row in 0..<input.height {
        for column in 0..<input.width {
          let plain = (channel * input.height + row) * input.width + column
          columns[input.index(channel: channel, row: row, column: column)] = Int32(plain)
        }
      }
    }
    self.columns = columns
    library = try AffineKernel(.linear(inputs: input.values, outputs: outputs, bias: hasBias), batch: batch)
  }

  /// The names of the implementations: forward, gradient by input, gradient by parameters.
  public var implementations: [String] {
    [
      "own:dense", skipsZeros ? "own:gated" : "own:dense",
      skipsZeros ? "own:gated" : library.implementations[2],
    ]
  }

  /// The scratch memory that running the kernel needs.
  public var scratchpadBytes: Int { library.scratchpadBytes }

  /// Takes over new weights ([out, in]) and bias.
  public func pack(weights: UnsafePointer<Float>, bias newBias: UnsafePointer<Float>?) {
    ckernels_dense_pack(
      table, weights, outputs, input.values, columns, input.elements, skipsZeros ? 1 : 0, rows.pointer,
      forwardWeights.pointer, backwardWeights.pointer)
    if let newBias { bias.pointer.update(from: newBias, count: outputs) }
  }
}

/// A fully connected layer with the buffers of one thread.
public final class BoundDenseKernel {
  private let kernel: DenseKernel
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
  /// The input in (C, H, W) order, for oneDNN; the input itself where it is so already.
  private let plainInput: AlignedBuffer<Float>

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
    let widest = max(kernel.input.elements, kernel.outputs)
    tiles = (kernel.batch + 15) / 16
    transposed = AlignedBuffer(count: tiles * widest * 16)
    partial = AlignedBuffer(count: tiles * (widest + 15) / 16 * 256 + 256)
    tail = AlignedBuffer(count: kernel.batch % 16 == 0 ? 0 : tiles * 16 * widest)
    lists = AlignedBuffer(
      count: kernel.skipsZeros ? ckernels_gated_scratch(kernel.outputs, kernel.batch) : 0)
    plainInput =
      kernel.input.lanes == 1 ? input : AlignedBuffer(count: kernel.batch * kernel.input.values)
    library = try BoundAffineKernel(
      kernel.library, input: plainInput, output: output, inputGradient: plainInput,
      outputGradient: outputGradient, on: context)
  }

  /// Computes the output from the input.
  public func forward() {
    run(
      from: input, width: kernel.input.elements, to: output, outputs: kernel.outputs,
      weights: kernel.forwardWeights, bias: kernel.bias.pointer, relu: kernel.relu)
  }

  /// Computes the gradient by the input from the gradient by the output.
  public func backwardInput() {
    maskGradient()
    if kernel.skipsZeros {
      kernel.table.pointee.gated(
        outputGradient.pointer, kernel.backwardWeights.pointer, kernel.outputs, kernel.input.elements,
        kernel.batch, lists.pointer, inputGradient.pointer)
      return
    }
    run(
      from: outputGradient, width: kernel.outputs, to: inputGradient, outputs: kernel.input.elements,
      weights: kernel.backwardWeights, bias: nil, relu: false)
  }

  /// Computes the gradient by weights and bias, summed over the samples, into the given places.
  public func backwardParameters(
    weights: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>?
  ) throws(OneDNNError) {
    maskGradient()
    if kernel.input.lanes > 1 {
      Passes.selected.unblock(
        input.pointer, into: plainInput.pointer, kernel.input, samples: kernel.batch)
    }
    guard kernel.skipsZeros else {
      try library.backwardParameters(weights: weights, bias: bias)
      return
    }
    kernel.table.pointee.dense_weights(
      outputGradient.pointer, plainInput.pointer, kernel.input.values, kernel.outputs, kernel.batch,
      lists.pointer, weights, bias)
  }

  /// Takes the ReLU into account; doing so twice changes nothing.
  private func maskGradient() {
    guard kernel.relu else { return }
    Passes.selected.reluGradient(
      outputGradient.pointer, output: output.pointer, kernel.batch * kernel.outputs)
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
