import CKernels
import Tensors

/// A convolution block compiled for one micro-batch size, with the implementations chosen for it.
///
/// Threads share it, each bound to buffers of its own; `pack` is called between steps.
public final class ConvolutionBlockKernel: @unchecked Sendable {
  /// What the kernel computes.
  public let block: ConvolutionBlock
  /// What runs the forward pass.
  public let forward: ConvolutionBlock.Forward
  /// What runs the gradient by the input.
  public let backward: ConvolutionBlock.Backward
  /// What runs the gradient by weights and bias.
  public let parameterGradient: ConvolutionBlock.ParameterGradient
  /// The number of samples of a pass.
  public let batch: Int

  let library: AffineKernel
  let table: UnsafePointer<ckernels_convolution_table>
  let forwardWeights: AlignedBuffer<Float>
  let backwardWeights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>

  /// Compiles a block with what has been chosen for it.
  ///
  /// - Throws: `OneDNNError`.
  /// - Precondition: the choices are among those the block offers.
  public convenience init(_ block: ConvolutionBlock, batch: Int, choice: KernelChoice) throws(OneDNNError) {
    try self.init(
      block, batch: batch, forward: choice.forward, backward: choice.backward,
      parameterGradient: choice.parameterGradient, library: choice.library)
  }

  /// Compiles a block.
  ///
  /// - Parameters:
  ///   - block: What is computed.
  ///   - batch: The number of samples of a pass.
  ///   - forward: What runs the forward pass.
  ///   - backward: What runs the gradient by the input.
  ///   - parameterGradient: What runs the gradient by weights and bias.
  ///   - library: Which of oneDNN's implementations run what is left to it.
  ///   - instructionSet: Which vector instructions our own kernels use.
  /// - Throws: `OneDNNError`.
  /// - Precondition: the choices are among those the block offers.
  public init(
    _ block: ConvolutionBlock, batch: Int, forward: ConvolutionBlock.Forward,
    backward: ConvolutionBlock.Backward, parameterGradient: ConvolutionBlock.ParameterGradient = .library,
    library: AffineChoice = AffineChoice(), instructionSet: InstructionSet = .selected
  ) throws(OneDNNError) {
    precondition(block.forwardChoices.contains(forward), "\(forward) cannot serve this shape")
    precondition(block.backwardChoices.contains(backward), "\(backward) cannot serve this shape")
    precondition(
      block.parameterGradientChoices.contains(parameterGradient),
      "\(parameterGradient) cannot serve this shape")
    self.block = block
    self.parameterGradient = parameterGradient
    self.batch = batch
    self.forward = forward
    self.backward = backward
    self.library = try AffineKernel(
      block.convolution, batch: batch, choice: library, packsForward: forward == .library,
      packsBackward: backward == .library)
    table = OwnKernels.table(for: instructionSet)
    precondition(block.middle.lanes == table.pointee.lanes, "channel blocks of another instruction set")
    var shape = block.shape
    let lanes = table.pointee.lanes
    forwardWeights =
      switch forward {
      case .library: AlignedBuffer(count: 0)
      case .direct: AlignedBuffer(count: ckernels_first_forward_weights(&shape, lanes))
      case .winograd: AlignedBuffer(count: ckernels_winograd_weights(&shape, lanes))
      }
    var transposed = ckernels_winograd_transposed(&shape)
    backwardWeights =
      switch backward {
      case .library: AlignedBuffer(count: 0)
      case .shifted: AlignedBuffer(count: ckernels_first_backward_weights(&shape, lanes))
      case .across: AlignedBuffer(count: ckernels_across_weights(&shape))
      case .sparse: AlignedBuffer(count: ckernels_sparse_weights(&shape, lanes))
      case .winograd: AlignedBuffer(count: ckernels_winograd_weights(&transposed, lanes))
      }
    bias = AlignedBuffer(count: block.middle.planes * block.middle.lanes)
  }

  /// The names of the implementations: forward, gradient by input, gradient by parameters.
  public var implementations: [String] {
    var names = library.implementations
    if forward != .library { names[0] = "own:\(forward.rawValue)" }
    if backward != .library { names[1] = "own:\(backward.rawValue)" }
    if parameterGradient != .library { names[2] = "own:\(parameterGradient.rawValue)" }
    return names
  }

  /// The scratch memory that running the kernel needs.
  public var scratch: KernelScratch { library.scratch }

  /// The memory that a thread needs for it besides, in bytes.
  public func privateBytes() throws(OneDNNError) -> Int {
    let middle = batch * block.middle.elements
    let own = BoundConvolutionBlock.Extents(self)
    return try library.privateBytes() + own.argmax + own.scratchBytes
      + 4
      * ((block.pool == 1 ? middle : 2 * middle) + own.padded + own.filtered + own.filteredGradient
        + own.filters)
  }

  /// Takes over new weights (OIHW) and bias, rewriting them in the formats of the passes.
  public func pack(
    weights: UnsafeMutablePointer<Float>, bias newBias: UnsafePointer<Float>, on context: KernelContext
  ) throws(OneDNNError) {
    var shape = block.shape
    let lanes = table.pointee.lanes
    if forward == .library || backward == .library {
      try library.pack(weights: weights, bias: newBias, on: context)
    }
    bias.pointer.update(from: newBias, count: block.middle.channels)
    switch forward {
    case .library: break
    case .direct: ckernels_first_pack_forward(&shape, lanes, weights, forwardWeights.pointer)
    case .winograd: table.pointee.winograd_pack(&shape, 0, weights, forwardWeights.pointer)
    }
    switch backward {
    case .library: break
    case .shifted: ckernels_first_pack_backward(&shape, lanes, weights, backwardWeights.pointer)
    case .across: ckernels_across_pack(&shape, weights, backwardWeights.pointer)
    case .sparse: ckernels_sparse_pack(&shape, lanes, weights, backwardWeights.pointer)
    case .winograd:
      var transposed = ckernels_winograd_transposed(&shape)
      table.pointee.winograd_pack(&transposed, 1, weights, backwardWeights.pointer)
    }
  }
}

/// The tables of our own kernels.
enum OwnKernels {
  /// The kernels for an instruction set, which this CPU has to have.
  static func table(for set: InstructionSet) -> UnsafePointer<ckernels_convolution_table> {
    guard let table = ckernels_convolutions_for(Int32(set.rawValue)) else {
      preconditionFailure("no kernels for \(set) on this CPU")
    }
    return table
  }
}
