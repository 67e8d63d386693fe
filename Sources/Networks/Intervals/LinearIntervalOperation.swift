import Kernels
import Tensors

/// A layer that is linear in its input: c' = W c + b and r' = |W| r.
///
/// Two operations of the same kind do that, one on the centres and one, with the magnitudes of the weights and no
/// bias, on the radii. Pooling by means and changes of layout have no weights, and are the same on both.
final class LinearIntervalOperation: IntervalOperation {
  private let centres: any Operation
  private let radii: any Operation

  var output: ActivationLayout { centres.output }
  var scratch: KernelScratch { centres.scratch.union(radii.scratch) }
  var implementations: [String] { centres.implementations }

  /// - Precondition: neither operation is one that works in place.
  init(centres: any Operation, radii: any Operation) {
    precondition(!centres.isInPlace && !radii.isInPlace, "a linear layer in place")
    self.centres = centres
    self.radii = radii
  }

  func pack(_ parameters: ParameterArena, magnitudes: ParameterArena, on context: KernelContext) throws {
    try centres.pack(parameters, on: context)
    try radii.pack(magnitudes, on: context)
  }

  func bind(_ buffers: IntervalBuffers, on context: KernelContext) throws -> any BoundIntervalOperation {
    Bound(
      centres: try centres.bind(buffers.centres, on: context),
      radii: try radii.bind(buffers.radii, on: context), rows: buffers.centres.batch)
  }

  private final class Bound: BoundIntervalOperation {
    private let centres: any BoundOperation
    private let radii: any BoundOperation
    private let rows: Int
    /// No dropout is left in an interval network, so that neither mode nor identities matter.
    private let nobody = AlignedBuffer<UInt32>(count: 0)

    init(centres: any BoundOperation, radii: any BoundOperation, rows: Int) {
      self.centres = centres
      self.radii = radii
      self.rows = rows
    }

    func forward() throws {
      let pass = ForwardPass(mode: .evaluation, samples: UnsafePointer(nobody.pointer), rows: rows)
      try centres.forward(pass)
      try radii.forward(pass)
    }

    func backwardInput() throws {
      try centres.backwardInput()
      try radii.backwardInput()
    }

    func backwardParameters(
      into gradient: ParameterArena, magnitudes magnitudeGradient: ParameterArena
    ) throws {
      try centres.backwardParameters(into: gradient)
      try radii.backwardParameters(into: magnitudeGradient)
    }
  }
}
