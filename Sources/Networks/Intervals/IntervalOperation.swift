import Kernels
import Tensors

/// A layer of an interval network, compiled for a micro-batch size and a memory layout.
///
/// Threads share it; each binds buffers of its own.
protocol IntervalOperation: AnyObject, Sendable {
  /// The layout of a sample that goes out.
  var output: ActivationLayout { get }
  /// The scratch memory that it takes turns in with others.
  var scratch: KernelScratch { get }
  /// oneDNN's implementations, or none.
  var implementations: [String] { get }

  /// Takes over new parameters, and their magnitudes with biases of zero.
  func pack(_ parameters: ParameterArena, magnitudes: ParameterArena, on context: KernelContext) throws

  /// Prepares the operation to run on one thread's buffers.
  func bind(_ buffers: IntervalBuffers, on context: KernelContext) throws -> any BoundIntervalOperation
}

extension IntervalOperation {
  var scratch: KernelScratch { KernelScratch() }
  var implementations: [String] { [] }
  func pack(_ parameters: ParameterArena, magnitudes: ParameterArena, on context: KernelContext) throws {}
}

/// The centres and radii of the intervals of a layer's values, or gradients by both.
struct IntervalBuffer {
  let centre: AlignedBuffer<Float>
  let radius: AlignedBuffer<Float>

  init(count: Int) {
    centre = AlignedBuffer(count: count)
    radius = AlignedBuffer(count: count)
  }
}

/// The intervals and gradients that a bound operation reads and writes.
struct IntervalBuffers {
  let batch: Int
  let input: IntervalBuffer
  let output: IntervalBuffer
  let inputGradient: IntervalBuffer
  let outputGradient: IntervalBuffer

  /// The buffers of the centres alone.
  var centres: OperationBuffers {
    OperationBuffers(
      batch: batch, input: input.centre, output: output.centre, inputGradient: inputGradient.centre,
      outputGradient: outputGradient.centre)
  }

  /// The buffers of the radii alone.
  var radii: OperationBuffers {
    OperationBuffers(
      batch: batch, input: input.radius, output: output.radius, inputGradient: inputGradient.radius,
      outputGradient: outputGradient.radius)
  }
}

/// An interval operation with the buffers of one thread.
protocol BoundIntervalOperation: AnyObject {
  /// Computes the intervals of the output from those of the input.
  func forward() throws
  /// Computes the gradients by the input's intervals from those by the output's.
  func backwardInput() throws
  /// Overwrites this operation's part of `gradient` with the gradient through the centres, and of `magnitudeGradient`
  /// with that by the magnitudes, through the radii. Runs before `backwardInput`.
  func backwardParameters(into gradient: ParameterArena, magnitudes magnitudeGradient: ParameterArena) throws
}

extension BoundIntervalOperation {
  func backwardParameters(
    into gradient: ParameterArena, magnitudes magnitudeGradient: ParameterArena
  ) throws {}
}
