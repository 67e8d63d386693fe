import COneDNN
import Tensors

/// A convolution or fully connected layer, compiled for one micro-batch size.
///
/// Holds the primitives and the weights in the formats these want. Threads share one kernel, each bound to
/// buffers of its own; `pack` is called between steps, when nobody runs the kernel.
public final class AffineKernel: @unchecked Sendable {
  /// What the kernel computes.
  public let geometry: AffineGeometry
  /// The number of samples of a pass.
  public let batch: Int

  /// The rows that the passes compute: the samples, and perhaps rows of zeros behind them.
  let rows: Int
  let forward: AffinePass
  let backwardData: AffinePass
  let backwardWeights: AffinePass
  let forwardWeights: PackedWeights
  /// Shares `forwardWeights` where both passes settled on one format.
  let backwardPacked: PackedWeights
  let bias: AlignedBuffer<Float>
  private let canonical: MemoryDescriptor

  /// Compiles the three passes.
  ///
  /// - Parameters:
  ///   - geometry: What is computed.
  ///   - batch: The number of samples of a pass.
  ///   - choice: Which implementations run it; `implementations` says which do.
  ///   - packsForward: Whether the forward pass will be run, which needs weights.
  ///   - packsBackward: Whether the gradient by the input will be.
  /// - Throws: `OneDNNError` naming the call that failed.
  public init(
    _ geometry: AffineGeometry, batch: Int, choice: AffineChoice = AffineChoice(), packsForward: Bool = true,
    packsBackward: Bool = true
  ) throws(OneDNNError) {
    self.geometry = geometry
    self.batch = batch
    let passes = try CompiledPasses(geometry, rows: batch, choice)
    let needsRows = passes.forward.primitive.isAVX2Product || passes.backwardData.primitive.isAVX2Product
    rows = needsRows ? RowPadding.rowsOfAVX2Product(batch) : batch
    let padded = rows == batch ? passes : try CompiledPasses(geometry, rows: rows, choice)
    forward = padded.forward
    backwardData = padded.backwardData
    backwardWeights = padded.backwardWeights
    canonical = try geometry.canonicalWeights()
    forwardWeights = try PackedWeights(from: canonical, to: forward.weights, isUsed: packsForward)
    backwardPacked =
      packsForward && backwardData.weights.isEqual(to: forward.weights)
      ? forwardWeights : try PackedWeights(from: canonical, to: backwardData.weights, isUsed: packsBackward)
    bias = AlignedBuffer(count: geometry.output.channels)
  }

  /// oneDNN's names of the three implementations: forward, gradient by input, gradient by parameters.
  public var implementations: [String] {
    [forward, backwardData, backwardWeights].map { $0.primitive.implementation }
  }

  /// The scratch memory that running the kernel needs.
  public var scratch: KernelScratch {
    var primitives = [forward, backwardData, backwardWeights].map { $0.primitive }
    primitives.append(forwardWeights.reorder)
    primitives.append(backwardPacked.reorder)
    var scratch = KernelScratch(primitives: primitives.map { $0.scratchpad.bytes }.max() ?? 0)
    scratch.weights = backwardWeights.weights.isEqual(to: canonical) ? 0 : backwardWeights.weights.bytes
    return scratch
  }

  /// The memory that a thread needs for it besides, in bytes: activations in the formats of the passes.
  public func privateBytes() throws(OneDNNError) -> Int {
    let source = try geometry.sourceDescriptor(batch: rows)
    let destination = try geometry.destinationDescriptor(batch: rows)
    func conversion(_ pass: MemoryDescriptor, _ caller: MemoryDescriptor) -> Int {
      pass.isEqual(to: caller) ? 0 : pass.bytes
    }
    let padding = rows == batch ? 0 : 8 * rows * (geometry.input.elements + geometry.output.elements)
    return padding + conversion(forward.source, source) + conversion(forward.destination, destination)
      + conversion(backwardData.source, source) + conversion(backwardData.destination, destination)
      + conversion(backwardWeights.source, source) + conversion(backwardWeights.destination, destination)
  }

  /// Takes over new weights (OIHW or [out, in]) and bias, rewriting them in the formats of the passes.
  ///
  /// Called once per update; every step of an attack uses the result.
  public func pack(
    weights: UnsafeMutablePointer<Float>, bias newBias: UnsafePointer<Float>?, on context: KernelContext
  ) throws(OneDNNError) {
    try forwardWeights.pack(weights, on: context)
    if backwardPacked !== forwardWeights { try backwardPacked.pack(weights, on: context) }
    if let newBias { bias.pointer.update(from: newBias, count: bias.count) }
  }
}

extension AffineKernel {
  /// The three passes on a number of rows.
  private struct CompiledPasses {
    let forward: AffinePass
    let backwardData: AffinePass
    let backwardWeights: AffinePass

    init(_ geometry: AffineGeometry, rows: Int, _ choice: AffineChoice) throws(OneDNNError) {
      forward = try AffinePass(conednn_forward, geometry, batch: rows, name: choice.forward)
      backwardData = try AffinePass(
        conednn_backward_data, geometry, batch: rows, name: choice.backward, forward: forward.primitive)
      backwardWeights = try AffinePass(
        conednn_backward_weights, geometry, batch: rows, name: choice.weights, forward: forward.primitive)
    }
  }
}

/// Weights in the format of one pass.
final class PackedWeights: @unchecked Sendable {
  let reorder: Primitive
  let memory: Memory
  private let canonical: MemoryDescriptor
  private let storage: AlignedBuffer<UInt8>
  private let isUsed: Bool

  /// Weights that are not used take no memory.
  init(from canonical: MemoryDescriptor, to packed: MemoryDescriptor, isUsed: Bool) throws(OneDNNError) {
    self.canonical = canonical
    self.isUsed = isUsed
    storage = AlignedBuffer(count: isUsed ? packed.bytes : 0)
    memory = try Memory(packed, at: storage.pointer)
    reorder = try Primitive.reorder(from: canonical, to: packed)
  }

  func pack(_ weights: UnsafeMutablePointer<Float>, on context: KernelContext) throws(OneDNNError) {
    guard isUsed else { return }
    let source = try Memory(canonical, at: weights)
    let copy = try BoundPrimitive(reorder, context, [(DNNL_ARG_FROM, source), (DNNL_ARG_TO, memory)])
    try copy.run()
  }
}
