/// Bounds through max(x, 0).
///
/// On an interval [l, u] with l < 0 < u the function lies below the chord s x + t, s = u / (u - l), t = -s l, and above
/// every line a x with a from 0 to 1: here a = 1 where u > -l and 0 elsewhere, which leaves the smaller area (Zhang et
/// al., "Efficient neural network robustness certification with general activation functions", NeurIPS 2018).
final class ReLUBounds: BoundLayer {
  let input: Plane
  var output: Plane { input }

  init(input: Plane) {
    self.input = input
  }

  /// For each value the lower slope, the upper slope and the upper constant.
  func makeState() -> LayerState { LayerState(values: 3 * input.count) }

  func propagate(_ input: Intervals, into output: Intervals, _ state: LayerState) -> Bool {
    for i in 0..<input.count {
      let (lower, upper) = (input.lower[i], input.upper[i])
      output.lower[i] = lower > 0 ? lower : 0
      output.upper[i] = upper > 0 ? upper : 0
      let line = state.values + 3 * i
      if lower >= 0 {
        (line[0], line[1], line[2]) = (1, 1, 0)
      } else if upper <= 0 {
        (line[0], line[1], line[2]) = (0, 0, 0)
      } else {
        let slope = upper / (upper - lower)
        line[0] = upper > -lower ? 1 : 0
        line[1] = slope
        // At both ends of the interval the line is above, whatever rounding did to its slope.
        line[2] =
          max(-slope * lower, upper - slope * upper) + input.magnitude(i) * RoundingAllowance.relaxation
      }
    }
    return true
  }

  func pullBack(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, channels: [Int]?,
    into result: UnsafeMutablePointer<Lanes>, _ constants: inout Lanes, _ state: LayerState
  ) -> Window {
    for row in window.rows {
      let first = (row * input.width + window.columns.lowerBound) * input.channels
      for i in first..<first + window.columns.count * input.channels {
        let line = state.values + 3 * i
        let a = coefficients[i]
        let falling = a.negativePart
        result[i] = a.positivePart * Lanes(repeating: line[0]) + falling * Lanes(repeating: line[1])
        constants += falling * Lanes(repeating: line[2])
      }
    }
    return window
  }

  func markInputs(
    _ marks: inout [Bool], outputs: [Bool]?, isRectified: Bool, _ input: Intervals, _ state: LayerState
  ) {
    // What is zero, or passes as it is, stays so.
    for i in marks.indices {
      marks[i] = input.lower[i] < 0 && input.upper[i] > 0 && (outputs?[i] ?? true)
    }
  }
}
