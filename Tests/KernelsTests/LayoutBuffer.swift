import Kernels
import Tensors

/// A buffer of samples in some layout, read and written in (N, C, H, W) order.
final class LayoutBuffer {
  let buffer: AlignedBuffer<Float>
  private let layout: ActivationLayout
  private let batch: Int

  init(_ layout: ActivationLayout, batch: Int) {
    self.layout = layout
    self.batch = batch
    buffer = AlignedBuffer(count: batch * layout.elements)
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
    let used = Set(places)
    return buffer.elements.indices.allSatisfy { used.contains($0) || buffer.pointer[$0] == 0 }
  }

  private var places: [Int] {
    var places: [Int] = []
    for sample in 0..<batch {
      for channel in 0..<layout.channels {
        for row in 0..<layout.height {
          for column in 0..<layout.width {
            places.append(
              sample * layout.elements + layout.index(channel: channel, row: row, column: column))
          }
        }
      }
    }
    return places
  }
}
