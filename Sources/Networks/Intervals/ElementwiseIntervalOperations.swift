import Kernels
import Tensors

/// max(x, 0) on both ends of the intervals.
final class ReLUIntervalOperation: IntervalOperation {
  let output: ActivationLayout

  init(input: ActivationLayout) {
    output = input
  }

  func bind(_ buffers: IntervalBuffers, on context: KernelContext) throws -> any BoundIntervalOperation {
    Bound(buffers, count: buffers.batch * output.elements)
  }

  private final class Bound: BoundIntervalOperation {
    private let buffers: IntervalBuffers
    private let count: Int

    init(_ buffers: IntervalBuffers, count: Int) {
      self.buffers = buffers
      self.count = count
    }

    func forward() {
      IntervalPasses.selected.relu(
        centre: buffers.input.centre.pointer, radius: buffers.input.radius.pointer,
        outputCentre: buffers.output.centre.pointer, outputRadius: buffers.output.radius.pointer, count)
    }

    func backwardInput() {
      let (from, to) = (buffers.outputGradient, buffers.inputGradient)
      to.centre.pointer.update(from: from.centre.pointer, count: count)
      to.radius.pointer.update(from: from.radius.pointer, count: count)
      IntervalPasses.selected.reluGradient(
        centre: buffers.input.centre.pointer, radius: buffers.input.radius.pointer,
        centreGradient: to.centre.pointer, radiusGradient: to.radius.pointer, count)
    }
  }
}

/// Maxima over windows, of the lower ends and of the upper ends.
final class MaxPoolingIntervalOperation: IntervalOperation {
  private let pooling: Pooling
  var output: ActivationLayout { pooling.output }

  init(_ pooling: Pooling) {
    self.pooling = pooling
  }

  func bind(_ buffers: IntervalBuffers, on context: KernelContext) throws -> any BoundIntervalOperation {
    Bound(pooling, buffers)
  }

  private final class Bound: BoundIntervalOperation {
    /// One end of the intervals: the windows' maxima, and which of their elements these are.
    private struct End {
      let input: AlignedBuffer<Float>
      let output: AlignedBuffer<Float>
      let argmax: AlignedBuffer<UInt8>

      init(_ pooling: Pooling, batch: Int) {
        input = AlignedBuffer(count: batch * pooling.input.elements)
        output = AlignedBuffer(count: batch * pooling.output.elements)
        argmax = AlignedBuffer(count: output.count)
      }
    }

    private let pooling: Pooling
    private let buffers: IntervalBuffers
    private let lower: End
    private let upper: End

    init(_ pooling: Pooling, _ buffers: IntervalBuffers) {
      self.pooling = pooling
      self.buffers = buffers
      lower = End(pooling, batch: buffers.batch)
      upper = End(pooling, batch: buffers.batch)
    }

    func forward() {
      splitIntoEnds(buffers.input, lower.input, upper.input)
      for end in [lower, upper] {
        Passes.selected.maxPool(
          pooling, end.input.pointer, into: end.output.pointer, argmax: end.argmax.pointer,
          samples: buffers.batch)
      }
      join(lower.output, upper.output, into: buffers.output)
    }

    /// Ends and centres are twice the gradients of each other, so that the same two passes serve.
    func backwardInput() {
      splitIntoEnds(buffers.outputGradient, lower.output, upper.output)
      for end in [lower, upper] {
        Passes.selected.maxPoolGradient(
          pooling, outputGradient: end.output.pointer, argmax: end.argmax.pointer,
          into: end.input.pointer, samples: buffers.batch)
      }
      join(lower.input, upper.input, into: buffers.inputGradient)
    }

    private func splitIntoEnds(
      _ interval: IntervalBuffer, _ lower: AlignedBuffer<Float>, _ upper: AlignedBuffer<Float>
    ) {
      IntervalPasses.selected.ends(
        centre: interval.centre.pointer, radius: interval.radius.pointer, lower: lower.pointer,
        upper: upper.pointer, lower.count)
    }

    private func join(
      _ lower: AlignedBuffer<Float>, _ upper: AlignedBuffer<Float>, into interval: IntervalBuffer
    ) {
      IntervalPasses.selected.centres(
        lower: lower.pointer, upper: upper.pointer, centre: interval.centre.pointer,
        radius: interval.radius.pointer, lower.count)
    }
  }
}
