import Attacks
import Tensors

extension BoundPropagation {
  /// The least values over the set of the linear functions whose coefficients of plane `index` are in its buffer.
  func lowerBounds(at index: Int, _ window: Window, channels: [Int]?) -> Lanes {
    var (window, channels, constants) = (window, channels, Lanes.zero)
    for layer in stride(from: index - 1, through: 0, by: -1) {
      window = network.layers[layer].pullBack(
        coefficients[layer + 1].pointer, window, channels: channels,
        into: coefficients[layer].pointer, &constants, states[layer])
      channels = nil
    }
    return concretize(at: 0, window, constants)
  }

  /// The least values of linear functions over the intervals of a plane, and for the image over its ball too.
  func concretize(at index: Int, _ window: Window, _ constants: Lanes) -> Lanes {
    let plane = network.plane(index)
    let (own, intervals) = (coefficients[index].pointer, intervals[index])
    var (boxed, sizes) = (Lanes.zero, Lanes.zero)
    for row in window.rows {
      let first = (row * plane.width + window.columns.lowerBound) * plane.channels
      for i in first..<first + window.columns.count * plane.channels {
        let a = own[i]
        boxed +=
          a.positivePart * Lanes(repeating: intervals.lower[i])
          + a.negativePart * Lanes(repeating: intervals.upper[i])
        sizes += a.magnitudes * Lanes(repeating: intervals.magnitude(i))
      }
    }
    // The roundings of these sums.
    let slack = sizes * Lanes(repeating: RoundingAllowance.relaxation)
    let best = constants + boxed - slack
    guard index == 0, let ball else { return best }
    var (central, length) = (Lanes.zero, Lanes.zero)
    for row in window.rows {
      let first = (row * plane.width + window.columns.lowerBound) * plane.channels
      for i in first..<first + window.columns.count * plane.channels {
        let a = own[i]
        central += a * Lanes(repeating: centre.pointer[i])
        if ball.norm == .l2 {
          length += a * a
        } else {
          let size = a.magnitudes
          length = length.replacing(with: size, where: size .> length)
        }
      }
    }
    if ball.norm == .l2 { length = length.squareRoot() }
    let reach = length * Lanes(repeating: ball.radius * (1 + 0x1p-28))
    let round = constants + central - reach - slack
    return best.replacing(with: round, where: round .> best)
  }
}
