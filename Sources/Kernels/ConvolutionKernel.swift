import CKernels
import Tensors

/// A convolution without bias, compiled for one micro-batch size: those of residual networks.
///
/// Our own minimal filtering runs 3x3 at stride 1 on channel blocks, and takes on what surrounds the convolution; our
/// own kernel runs the gradient by plain images of few channels; oneDNN runs the rest. Which of them serves follows
/// from the shape. Minimal filtering is for attacks, which are nearly all of the work: what is learned from is computed
/// directly, because its larger roundings would open and close more ReLUs than those of other programs do. Threads share
/// the kernel, each bound to buffers of its own; `pack` is called between steps.
public final class ConvolutionKernel: @unchecked Sendable {
  /// What runs a pass.
  enum Choice: String {
    /// oneDNN.
    case library
    /// Minimal filtering.
    case filter
    /// 16 samples side by side.
    case across
  }

  /// What the kernel computes.
  public let geometry: AffineGeometry
  /// The number of samples of a pass.
  public let batch: Int

  let forward: Choice
  let backward: Choice
  let library: AffineKernel
  let table: UnsafePointer<ckernels_convolution_table>
  let forwardWeights: AlignedBuffer<Float>
  let backwardWeights: AlignedBuffer<Float>

  /// Compiles a convolution.
  ///
  /// - Parameters:
  ///   - geometry: What is computed.
  ///   - batch: The number of samples of a pass.
  ///   - prefersLibrary: Whether oneDNN runs whatever it can.
  ///   - instructionSet: Which vector instructions our own kernels use.
  /// - Throws: `OneDNNError`.
  /// - Precondition: the geometry is a convolution without bias.
  public init(
    _ geometry: AffineGeometry, batch: Int, prefersLibrary: Bool = KernelChoice.prefersLibrary,
    instructionSet: InstructionSet = .selected
  ) throws(OneDNNError) {
    precondition(!geometry.bias, "a bias is not added here")
    self.geometry = geometry
    self.batch = batch
    table = OwnKernels.table(for: instructionSet)
    var shape = geometry.convolutionShape
    var transposed = ckernels_winograd_transposed(&shape)
    let lanes = table.pointee.lanes
    let isBlocked = geometry.input.lanes > 1
    precondition(geometry.output.lanes == lanes, "channel blocks of another instruction set")
    let isFiltered = !prefersLibrary && isBlocked && shape.kernel == 3 && ckernels_winograd_fits(&shape) != 0
    let isAcross =
      !prefersLibrary && !isBlocked && shape.in_channels <= 3 && shape.kernel <= 7
      && shape.stride <= shape.kernel
    forward = isFiltered ? .filter : .library
    backward = isFiltered ? .filter : isAcross ? .across : .library
    library = try AffineKernel(geometry, batch: batch, packsBackward: backward != .across)
    forwardWeights = AlignedBuffer(count: isFiltered ? ckernels_winograd_weights(&shape, lanes) : 0)
    backwardWeights =
      switch backward {
      case .library: AlignedBuffer(count: 0)
      case .filter: AlignedBuffer(count: ckernels_winograd_weights(&transposed, lanes))
      case .across: AlignedBuffer(count: ckernels_across_weights(&shape))
      }
  }

  /// Whether the forward pass can take on what follows.
  public var finishesForward: Bool { forward == .filter }
  /// Whether the gradient by the input can take on what precedes.
  public var finishesBackward: Bool { backward == .filter }

  /// The names of the implementations: forward, gradient by input, gradient by parameters.
  public var implementations: [String] {
    var names = library.implementations
    if forward != .library { names[0] = "own:\(forward.rawValue)" }
    if backward != .library { names[1] = "own:\(backward.rawValue)" }
    return names
  }

  /// The scratch memory that running the kernel needs.
  public var scratch: KernelScratch {
    var scratch = library.scratch
    scratch.filtering = 4 * filterScratch
    return scratch
  }

  /// The memory that a thread needs for it besides, in bytes.
  public func privateBytes() throws(OneDNNError) -> Int {
    try library.privateBytes() + 4 * acrossScratch
  }

  var filterScratch: Int {
    var shape = geometry.convolutionShape
    var transposed = ckernels_winograd_transposed(&shape)
    let lanes = table.pointee.lanes
    return max(
      forward == .filter ? ckernels_filter_scratch(&shape, lanes) : 0,
      backward == .filter ? ckernels_filter_scratch(&transposed, lanes) : 0)
  }

  var acrossScratch: Int {
    var shape = geometry.convolutionShape
    return backward == .across ? ckernels_across_scratch(&shape) : 0
  }

  /// Takes over new weights (OIHW), rewriting them in the formats of the passes.
  public func pack(weights: UnsafeMutablePointer<Float>, on context: KernelContext) throws(OneDNNError) {
    try library.pack(weights: weights, bias: nil, on: context)
    var shape = geometry.convolutionShape
    if forward == .filter { table.pointee.winograd_pack(&shape, 0, weights, forwardWeights.pointer) }
    switch backward {
    case .library: break
    case .across: ckernels_across_pack(&shape, weights, backwardWeights.pointer)
    case .filter:
      var transposed = ckernels_winograd_transposed(&shape)
      table.pointee.winograd_pack(&transposed, 1, weights, backwardWeights.pointer)
    }
  }
}

extension AffineGeometry {
  /// The extents of a convolution with nothing behind it.
  var convolutionShape: ckernels_convolution {
    guard case .convolution(let kernel, let stride, let padding) = operation else {
      preconditionFailure("a fully connected layer has no window")
    }
    return ckernels_convolution(
      in_channels: input.channels, height: input.height, width: input.width, out_channels: output.channels,
      kernel: kernel, stride: stride, padding: padding, conv_height: output.height, conv_width: output.width,
      pool: 1, out_height: output.height, out_width: output.width)
  }
}
