/// Bounds through the mean over square windows side by side: a linear layer whose rounding is allowed for as that of
/// any other.
final class AveragePoolingBounds: BoundLayer {
  let input: Plane
  let output: Plane
  private let edge: Int
  private let relative: Double

  init(input: Plane, window edge: Int) {
    self.input = input
    self.edge = edge
    output = Plane(height: input.height / edge, width: input.width / edge, channels: input.channels)
    // The sum, the factor and the product with it.
    relative = RoundingAllowance.relative(operations: edge * edge + 2 + RoundingAllowance.spare)
  }

  private var factor: Double { 1 / Double(edge * edge) }

  /// What rounding may add to each output.
  func makeState() -> LayerState { LayerState(values: output.count) }

  func propagate(_ input: Intervals, into output: Intervals, _ state: LayerState) -> Bool {
    var isBounded = true
    for i in 0..<self.output.count {
      var (lower, upper, size) = (0.0, 0.0, 0.0)
      forEachInput(of: i) { j in
        lower += input.lower[j]
        upper += input.upper[j]
        size += input.magnitude(j)
      }
      if !(size < RoundingAllowance.largest) { isBounded = false }
      let rounding =
        size * factor * relative + Double(edge * edge + 1) * RoundingAllowance.underflow
      state.values[i] = rounding
      output.lower[i] = lower * factor - rounding
      output.upper[i] = upper * factor + rounding
    }
    return isBounded
  }

  func pullBack(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, channels: [Int]?,
    into result: UnsafeMutablePointer<Lanes>, _ constants: inout Lanes, _ state: LayerState
  ) -> Window {
    for row in window.rows {
      let first = (row * output.width + window.columns.lowerBound) * output.channels
      for i in first..<first + window.columns.count * output.channels {
        let a = coefficients[i]
        constants -= a.magnitudes * Lanes(repeating: state.values[i])
        let share = a * Lanes(repeating: factor)
        forEachInput(of: i) { result[$0] = share }
      }
    }
    return window.reached(kernel: edge, stride: edge, padding: 0, in: input)
  }

  @inline(__always)
  private func forEachInput(of output: Int, _ body: (Int) -> Void) {
    let (position, channel) = output.quotientAndRemainder(dividingBy: self.output.channels)
    let (row, column) = position.quotientAndRemainder(dividingBy: self.output.width)
    for i in 0..<edge {
      for j in 0..<edge {
        body(((row * edge + i) * input.width + column * edge + j) * input.channels + channel)
      }
    }
  }
}
