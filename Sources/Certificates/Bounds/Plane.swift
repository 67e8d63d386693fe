/// Rows, columns and channels of the values between two layers, which lie channels last: the value of channel c at
/// row y and column x is number (y * width + x) * channels + c.
struct Plane: Equatable, Sendable {
  var height: Int
  var width: Int
  var channels: Int

  /// The number of values.
  var count: Int { height * width * channels }
  /// All of it.
  var window: Window { Window(rows: 0..<height, columns: 0..<width) }
  /// The same values without rows and columns.
  var vector: Plane { Plane(height: 1, width: 1, channels: count) }

  /// Where a value lies that PyTorch's order (channels, rows, columns) has at `place`.
  func index(ofChannelsFirst place: Int) -> Int {
    let (channel, position) = place.quotientAndRemainder(dividingBy: height * width)
    return position * channels + channel
  }
}

/// The rows and columns of a plane outside of which coefficients are zero.
///
/// A neuron of a convolution depends on a small part of the image, and what is outside needs no work.
struct Window: Equatable, Sendable {
  var rows: Range<Int>
  var columns: Range<Int>

  /// One position.
  init(row: Int, column: Int) {
    self.init(rows: row..<row + 1, columns: column..<column + 1)
  }

  init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }

  /// What kernels of an edge reach from here, of a plane.
  func reached(kernel: Int, stride: Int, padding: Int, in plane: Plane) -> Window {
    func reach(_ range: Range<Int>, _ limit: Int) -> Range<Int> {
      let lower = max(0, range.lowerBound * stride - padding)
      return lower..<max(lower, min(limit, (range.upperBound - 1) * stride - padding + kernel))
    }
    return Window(rows: reach(rows, plane.height), columns: reach(columns, plane.width))
  }
}
