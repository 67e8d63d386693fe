import Kernels
import Tensors

/// A buffer of samples in some layout, read and written in (N, C, H, W) order.
final class LayoutBuffer {
  let buffer: AlignedBuffer<Float>
  /// Where each value lies.
  private let places: [Int]

  init(_ layout: ActivationLayout, batch: Int) {
    buffer = AlignedBuffer(count: batch * layout.elements)
    places = (0..<batch).flatMap { sample in
      (0..<layout.values).map { value in
        let (channel, pixel) = value.quotientAndRemainder(dividingBy: layout.height * layout.width)
        let inside = layout.index(channel: channel, row: pixel / layout.width, column: pixel % layout.width)
        return sample * layout.elements + inside
      }
    }
  }

  var values: [Float] {
    get { places.map { buffer.pointer[$0] } }
    set {
      buffer.elements.update(repeating: 0)
      for (value, place) in zip(newValue, places) { buffer.pointer[place] = value }
    }
  }

  /// Whether the lanes behind the last channel hold zeros.
  var paddingIsZero: Bool {
    var isPadding = [Bool](repeating: true, count: buffer.count)
    for place in places { isPadding[place] = false }
    return buffer.elements.indices.allSatisfy { !isPadding[$0] || buffer.pointer[$0] == 0 }
  }
}
