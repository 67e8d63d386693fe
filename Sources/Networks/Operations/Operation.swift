import Kernels
import Tensors

/// A layer compiled for a micro-batch size and a memory layout.
///
/// Threads share it; each binds buffers of its own.
protocol Operation: AnyObject, Sendable {
  /// The layout of a sample that comes in.
  var input: ActivationLayout { get }
  /// The layout of a sample that goes out.
  var output: ActivationLayout { get }
  /// Whether the output replaces the input in the same buffer.
  var isInPlace: Bool { get }
  /// Whether the gradient by the input replaces that by the output, although the values lie apart.
  var keepsGradientInPlace: Bool { get }
  /// The scratch memory that it takes turns in with others.
  var scratch: KernelScratch { get }
  /// oneDNN's implementations, or none.
  var implementations: [String] { get }
  /// What several implementations can run here; nil where there is no choice.
  var layer: CompiledNetwork.Layer? { get }

  /// The memory that a thread needs for it beside values, gradients and scratch, in bytes.
  var privateBytes: Int { get }

  /// Takes over new parameters, once per update.
  func pack(_ parameters: ParameterArena, on context: KernelContext) throws

  /// Prepares the operation to run on one thread's buffers.
  func bind(_ buffers: OperationBuffers, on context: KernelContext) throws -> any BoundOperation
}

extension Operation {
  var isInPlace: Bool { false }
  var keepsGradientInPlace: Bool { false }
  var privateBytes: Int { 0 }
  var scratch: KernelScratch { KernelScratch() }
  var implementations: [String] { [] }
  var layer: CompiledNetwork.Layer? { nil }
  func pack(_ parameters: ParameterArena, on context: KernelContext) throws {}
}

/// The activations and gradients that a bound operation reads and writes.
struct OperationBuffers {
  let batch: Int
  let input: AlignedBuffer<Float>
  let output: AlignedBuffer<Float>
  let inputGradient: AlignedBuffer<Float>
  let outputGradient: AlignedBuffer<Float>
  /// A second value that is read, where there is one, and a gradient that is added.
  var side: AlignedBuffer<Float>?
  var sideGradient: AlignedBuffer<Float>?
}

/// An operation with the buffers of one thread.
protocol BoundOperation: AnyObject {
  /// Computes the output from the input.
  func forward(_ pass: ForwardPass) throws
  /// Computes the gradient by the input from the gradient by the output.
  func backwardInput() throws
  /// Overwrites this operation's part of `gradient`, summed over the micro-batch. Runs before `backwardInput`.
  func backwardParameters(into gradient: ParameterArena) throws
}

extension BoundOperation {
  func backwardParameters(into gradient: ParameterArena) throws {}
}
