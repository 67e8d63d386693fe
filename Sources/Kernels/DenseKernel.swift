import CKernels
import Tensors

/// A fully connected layer compiled for one micro-batch size, with the ReLU behind it where there is one.
///
/// Our own kernel runs 16 samples at a time, each in sums of its own, so that a sample's result depends on
/// nothing but the sample. It takes channel-blocked inputs as they lie: the weights' columns are permuted instead.
public final class DenseKernel: @unchecked Sendable {
  /// What the kernel computes.
  public let layer: DenseLayer
  /// Whether our own kernel runs the forward pass and the gradient by the input, or oneDNN.
  public let isOwn: Bool
  /// Whether our own kernel runs the gradient by the parameters.
  public let ownsParameterGradient: Bool
  /// The number of samples of a pass.
  public let batch: Int

  let table: UnsafePointer<ckernels_convolution_table>
  /// (outputs/16, inputs, 16): a register of outputs for every input.
  let forwardWeights: AlignedBuffer<Float>
  /// A few registers of inputs for every output: (inputs/16, outputs, 16), or panels of them where zeros are skipped.
  let backwardWeights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>
  /// Sixteen rows of weights in the order of the input, on their way into the kernels' formats.
  private let rows: AlignedBuffer<Float>
  /// For every place of the input, its column in the weights; -1 for padding.
  private let columns: [Int32]
  let library: AffineKernel

  /// Compiles a layer.
  ///
  /// - Parameters:
  ///   - layer: What is computed.
  ///   - batch: The number of samples of a pass.
  ///   - choice: What runs it.
  ///   - instructionSet: Which vector instructions our own kernel uses.
  /// - Throws: `OneDNNError`.
  /// - Precondition: the layer skips zeros where our own kernel is to run the gradient by the parameters.
  public init(
    _ layer: DenseLayer, batch: Int, choice: DenseChoice, instructionSet: InstructionSet = .selected
  ) throws(OneDNNError) {
    let input = layer.input
    self.layer = layer
    self.batch = batch
    precondition(layer.skipsZeros || !choice.ownsParameterGradient, "no gradient by weights for this shape")
    isOwn = choice.isOwn
    ownsParameterGradient = choice.ownsParameterGradient
    table = OwnKernels.table(for: instructionSet)
    let roundedUp = { (count: Int) in (count + 15) / 16 * 16 }
    forwardWeights = AlignedBuffer(count: isOwn ? roundedUp(layer.outputs) * input.elements : 0)
    backwardWeights = AlignedBuffer(count: isOwn ? roundedUp(input.elements) * layer.outputs : 0)
    bias = AlignedBuffer(count: roundedUp(layer.outputs))
    rows = AlignedBuffer(count: isOwn ? 16 * input.elements : 0)
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
    library = try AffineKernel(
      layer.product, batch: batch, choice: choice.library, packsForward: !isOwn, packsBackward: !isOwn)
  }

  /// The names of the implementations: forward, gradient by input, gradient by parameters.
  public var implementations: [String] {
    var names = library.implementations
    if isOwn {
      names[0] = "own:dense"
      names[1] = layer.skipsZeros ? "own:gated" : "own:dense"
    }
    if ownsParameterGradient { names[2] = "own:gated" }
    return names
  }

  /// The scratch memory that running the kernel needs.
  public var scratch: KernelScratch { library.scratch }

  /// The memory that a thread needs for it besides, in bytes.
  public func privateBytes() throws(OneDNNError) -> Int {
    let own = BoundDenseKernel.Extents(self)
    return try library.privateBytes() + 4 * (own.transposed + own.partial + own.tail + own.lists + own.plain)
  }

  /// Takes over new weights ([out, in]) and bias.
  public func pack(
    weights: UnsafeMutablePointer<Float>, bias newBias: UnsafePointer<Float>?, on context: KernelContext
  ) throws(OneDNNError) {
    guard isOwn else {
      try library.pack(weights: weights, bias: newBias, on: context)
      return
    }
    ckernels_dense_pack(
      table, weights, layer.outputs, layer.input.values, columns, layer.input.elements,
      layer.skipsZeros ? 1 : 0, rows.pointer, forwardWeights.pointer, backwardWeights.pointer)
    if let newBias { bias.pointer.update(from: newBias, count: layer.outputs) }
  }
}
