import Kernels
import Tensors

/// The lines around the ReLUs of a layer for a few samples, and the gradients by them.
final class ReLULines {
  let count: Int
  private let below: AlignedBuffer<Float>
  private let slope: AlignedBuffer<Float>
  private let offset: AlignedBuffer<Float>
  let slopeGradient: AlignedBuffer<Float>
  let offsetGradient: AlignedBuffer<Float>

  init(_ count: Int) {
    self.count = count
    let all = RelaxationNetwork.samplesTogether * count
    below = AlignedBuffer(count: all)
    slope = AlignedBuffer(count: all)
    offset = AlignedBuffer(count: all)
    slopeGradient = AlignedBuffer(count: all)
    offsetGradient = AlignedBuffer(count: all)
  }

  func of(_ sample: Int) -> RelaxationPasses.Lines {
    RelaxationPasses.Lines(
      below: below.pointer + sample * count, slope: slope.pointer + sample * count,
      offset: offset.pointer + sample * count)
  }

  /// Clears the lines of the samples from `first` on, which may be those of another group.
  func clear(from first: Int) {
    for buffer in [below, slope, offset] {
      (buffer.pointer + first * count).update(repeating: 0, count: buffer.count - first * count)
    }
  }

  func clearGradients() {
    slopeGradient.clear()
    offsetGradient.clear()
  }
}

extension AlignedBuffer<Float> {
  /// Overwrites all elements with zeros.
  func clear() { pointer.update(repeating: 0, count: count) }
}
