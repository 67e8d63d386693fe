/// Bounds through the maximum over square windows side by side.
///
/// From below the maximum is at least the input of the highest lower end. From above, with g at least every lower end,
///
///     max_j x_j <= g + sum_j (u_j - g)^+ (x_j - l_j) / (u_j - l_j),
///
/// because the left side is convex, so that the corners of the box decide, and there the right side is at least
/// max(g, u_j) for every j at its upper end. (Boopathy et al., "CNN-Cert", AAAI 2019, have planes of this kind.) With
/// g the second highest upper end, or the highest lower end if that is more, one input has a slope: the plane is
/// never above the constant max_j u_j, and is exact where one input is above all others.
final class MaxPoolingBounds: BoundLayer {
  let input: Plane
  let output: Plane
  private let edge: Int

  init(input: Plane, window edge: Int) {
    self.input = input
    self.edge = edge
    output = Plane(height: input.height / edge, width: input.width / edge, channels: input.channels)
  }

  /// For each output the slope and the constant from above, and the places of both inputs.
  func makeState() -> LayerState { LayerState(values: 2 * output.count, places: 2 * output.count) }

  func propagate(_ input: Intervals, into output: Intervals, _ state: LayerState) -> Bool {
    for i in 0..<self.output.count {
      var below = place(of: i, tap: 0)
      var above = below
      var second = -Double.infinity
      var size = 0.0
      for tap in 0..<edge * edge {
        let j = place(of: i, tap: tap)
        if input.lower[j] > input.lower[below] { below = j }
        size = max(size, input.magnitude(j))
        if tap == 0 { continue }
        if input.upper[j] > input.upper[above] {
          second = input.upper[above]
          above = j
        } else {
          second = max(second, input.upper[j])
        }
      }
      let (lower, upper) = (input.lower[above], input.upper[above])
      let level = max(second, input.lower[below])
      output.lower[i] = input.lower[below]
      output.upper[i] = upper
      state.places[2 * i] = below
      state.places[2 * i + 1] = above
      if level <= lower {
        // The highest of all, whatever the others do.
        state.values[2 * i] = 1
        state.values[2 * i + 1] = 0
      } else {
        let slope = upper > level ? (upper - level) / (upper - lower) : 0
        state.values[2 * i] = slope
        state.values[2 * i + 1] = level - slope * lower + size * RoundingAllowance.relaxation
      }
    }
    return true
  }

  func pullBack(
    _ coefficients: UnsafePointer<Lanes>, _ window: Window, channels: [Int]?,
    into result: UnsafeMutablePointer<Lanes>, _ constants: inout Lanes, _ state: LayerState
  ) -> Window {
    let reached = window.reached(kernel: edge, stride: edge, padding: 0, in: input)
    for row in reached.rows {
      let first = (row * input.width + reached.columns.lowerBound) * input.channels
      (result + first).update(repeating: .zero, count: reached.columns.count * input.channels)
    }
    for row in window.rows {
      let first = (row * output.width + window.columns.lowerBound) * output.channels
      for i in first..<first + window.columns.count * output.channels {
        let a = coefficients[i]
        let falling = a.negativePart
        result[state.places[2 * i]] += a.positivePart
        result[state.places[2 * i + 1]] += falling * Lanes(repeating: state.values[2 * i])
        constants += falling * Lanes(repeating: state.values[2 * i + 1])
      }
    }
    return reached
  }

  func markInputs(
    _ marks: inout [Bool], outputs: [Bool]?, isRectified: Bool, _ input: Intervals, _ state: LayerState
  ) {
    for i in marks.indices { marks[i] = false }
    for i in 0..<output.count {
      let above = state.places[2 * i + 1]
      let highestLower = input.lower[state.places[2 * i]]
      // Behind a ReLU nothing is left of it.
      if isRectified && input.upper[above] <= 0 { continue }
      if state.values[2 * i] == 1 && state.values[2 * i + 1] == 0 {
        marks[above] = outputs?[i] ?? true
        continue
      }
      for tap in 0..<edge * edge {
        let j = place(of: i, tap: tap)
        if input.upper[j] > highestLower { marks[j] = true }
      }
    }
  }

  /// The input number `tap` of an output's window.
  @inline(__always)
  private func place(of output: Int, tap: Int) -> Int {
    let (position, channel) = output.quotientAndRemainder(dividingBy: self.output.channels)
    let (row, column) = position.quotientAndRemainder(dividingBy: self.output.width)
    let (i, j) = tap.quotientAndRemainder(dividingBy: edge)
    return ((row * edge + i) * input.width + column * edge + j) * input.channels + channel
  }
}
