import CKernels
public import Tensors

/// What becomes of the values of a convolution as they are written, in this order: everything around a convolution of
/// a residual network whose normalization uses running statistics.
///
/// Gives the bits that the passes of their own give.
public struct ConvolutionFinish {
  /// The gradient of a normalization with ReLU: zero where the ReLU's output is not positive, and times the scale of the
  /// channel elsewhere.
  public var gate: (output: AlignedBuffer<Float>, scale: AlignedBuffer<Float>)?
  /// What is added.
  public var addend: AlignedBuffer<Float>?
  /// Where the values go before the normalization, if they are needed.
  public var sum: AlignedBuffer<Float>?
  /// A normalization with ReLU: max(scale x + shift, 0) for each channel.
  public var normalization: (scale: AlignedBuffer<Float>, shift: AlignedBuffer<Float>)?
  /// Where the values go in the end, where that is not the convolution's own output.
  public var output: AlignedBuffer<Float>?

  /// Nothing but the convolution.
  public init() {}

  var parts: ckernels_finish {
    ckernels_finish(
      open: gate.map { UnsafePointer($0.output.pointer) },
      slope: gate.map { UnsafePointer($0.scale.pointer) },
      addend: addend.map { UnsafePointer($0.pointer) }, sum: sum?.pointer,
      scale: normalization.map { UnsafePointer($0.scale.pointer) },
      shift: normalization.map { UnsafePointer($0.shift.pointer) })
  }
}
