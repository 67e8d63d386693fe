import Attacks
import Tensors
import Testing

@Suite("The minimum of a linear function over ball and box")
struct BoxedLinearMinimumTests {
  private func length(_ delta: [Double], _ norm: Norm) -> Double {
    norm == .l2
      ? delta.reduce(0) { $0 + $1 * $1 }.squareRoot() : delta.reduce(0) { $0 + abs($1) }
  }

  private func value(_ weights: [Double], _ delta: [Double]) -> Double {
    zip(weights, delta).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The least value on a grid over the box, of the points in the ball.
  private func gridMinimum(_ weights: [Double], _ clean: [Float], _ norm: Norm, radius: Double, cells: Int)
    -> Double
  {
    var best = 0.0
    let dimension = weights.count
    var digits = Array(repeating: 0, count: dimension)
    while true {
      let delta = digits.enumerated().map { Double($0.element) / Double(cells) - Double(clean[$0.offset]) }
      if length(delta, norm) <= radius { best = min(best, value(weights, delta)) }
      guard let place = digits.firstIndex(where: { $0 < cells }) else { return best }
      for j in 0..<place { digits[j] = 0 }
      digits[place] += 1
    }
  }

  @Test("Against a fine grid in two and three dimensions", arguments: [Norm.l2, .l1], [2, 3])
  func grid(norm: Norm, dimension: Int) {
    var random = stream(UInt32(60 + dimension))
    let cells = dimension == 2 ? 400 : 60
    for trial in 0..<40 {
      let weights = (0..<dimension).map { _ in Double(random.symmetric()) }
      let clean = (0..<dimension).map { _ in min(max(1.6 * random.uniform() - 0.3, 0), 1) }
      let radius = [0.05, 0.3, 0.8, 3][trial % 4]

      let delta = BoxedLinearMinimum(norm, radius: radius).solve(weights, clean: clean).perturbation

      let found = value(weights, delta)
      let grid = gridMinimum(weights, clean, norm, radius: radius, cells: cells)
      #expect(length(delta, norm) <= radius + 1e-12)
      #expect(zip(delta, clean).allSatisfy { -Double($1) - 1e-15 <= $0 && $0 <= 1 - Double($1) + 1e-15 })
      #expect(found <= grid + 1e-12)
      // A grid point lies within a cell's diagonal inside the ball, so the grid is not far above.
      let cell = 4 * Double(dimension).squareRoot() / Double(cells)
      #expect(found >= grid - cell * length(weights, .l2))
    }
  }

  @Test("The multiplier proves the minimum: the dual value meets the primal one", arguments: [Norm.l2, .l1])
  func strongDuality(norm: Norm) {
    var random = stream(70)
    for trial in 0..<50 {
      let weights = (0..<200).map { _ in Double(random.symmetric()) }
      let clean = (0..<200).map { _ in min(max(1.6 * random.uniform() - 0.3, 0), 1) }
      let radius = [0.1, 1, 4, 100][trial % 4]

      let solution = BoxedLinearMinimum(norm, radius: radius).solve(weights, clean: clean)

      // min over the box of w . d + m (||d|| - r), or with squares for l2: never above the minimum over the ball.
      let m = solution.multiplier
      var dual = norm == .l2 ? -m * radius * radius / 2 : -m * radius
      for (w, x) in zip(weights, clean) {
        let (low, high) = (-Double(x), 1 - Double(x))
        let free = m == 0 ? (w > 0 ? low : high) : min(max(-w / m, low), high)
        let candidates = norm == .l2 ? [free] : [low, 0, high]
        dual += candidates.map { norm == .l2 ? w * $0 + m * $0 * $0 / 2 : w * $0 + m * abs($0) }.min() ?? 0
      }
      #expect(abs(dual - value(weights, solution.perturbation)) < 1e-9)
    }
  }

  @Test("Without reach of the box it is the closed form; with a huge radius a corner of the box")
  func limits() {
    let weights = [0.5, -0.25, 0, 1]
    let clean: [Float] = [0.5, 0.5, 0.5, 0.5]

    let inner = BoxedLinearMinimum(.l2, radius: 0.1).solve(weights, clean: clean).perturbation
    let corner = BoxedLinearMinimum(.l2, radius: 10).solve(weights, clean: clean).perturbation

    let closed = LinearInnerMaximum(.l2).perturbation(weights, epsilon: 0.1)
    #expect(zip(inner, closed).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(corner == [-0.5, 0.5, 0, -0.5])
    #expect(BoxedLinearMinimum(.l2, radius: 0).solve(weights, clean: clean).perturbation == [0, 0, 0, 0])
    #expect(
      BoxedLinearMinimum(.l2, radius: 1).solve([0, 0, 0, 0], clean: clean).perturbation == [0, 0, 0, 0])
  }
}
