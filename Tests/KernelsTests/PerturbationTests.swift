import Kernels
import ReferenceNetworks
import Testing

@Suite("Perturbation passes")
struct PerturbationTests {
  let passes = Passes.selected

  @Test("The linf box is max(0, x - epsilon) to min(1, x + epsilon) in float32")
  func box() {
    let x: [Float] = uniformValues(50, seed: 1).map { ($0 + 1) / 2 } + [0, 1, 0.1, 0.3, 0.7]
    var lower = [Float](repeating: .nan, count: x.count)
    var upper = [Float](repeating: .nan, count: x.count)

    passes.linfBox(x, epsilon: 0.3, lower: &lower, upper: &upper, x.count)

    #expect(lower == x.map { max(0, $0 - 0.3) })
    #expect(upper == x.map { min(1, $0 + 0.3) })
    #expect(zip(x, zip(lower, upper)).allSatisfy { $1.0 <= $0 && $0 <= $1.1 })
  }

  @Test("A signed step moves along the sign and stops at the box; zero and NaN gradients do not move")
  func step() {
    var x: [Float] = [0.5, 0.5, 0.5, 0.5, 0.5, 0.55, 0.45, 0.5, 0.5]
    let gradient: [Float] = [1e-30, -1e-30, 0, -0.0, .nan, 3, -3, .infinity, -.infinity]
    let lower = [Float](repeating: 0.4, count: x.count)
    let upper = [Float](repeating: 0.6, count: x.count)

    passes.linfStep(&x, gradient: gradient, step: 0.0625, lower: lower, upper: upper, x.count)

    #expect(x == [0.5625, 0.4375, 0.5, 0.5, 0.5, 0.6, 0.4, 0.5625, 0.4375])
  }

  @Test("Subnormal gradients still have a sign")
  func subnormalGradient() {
    var x = [Float](repeating: 0.5, count: 20)
    let gradient = (0..<20).map { $0 % 2 == 0 ? Float.leastNonzeroMagnitude : -.leastNonzeroMagnitude }

    passes.linfStep(
      &x, gradient: gradient, step: 0.25, lower: [Float](repeating: 0, count: 20),
      upper: [Float](repeating: 1, count: 20), 20)

    #expect(x == (0..<20).map { $0 % 2 == 0 ? 0.75 : 0.25 })
  }

  @Test("Clamping moves only what lies outside")
  func clamp() {
    var x: [Float] = [-1, 0.2, 0.5, 0.8, 2, .infinity, -.infinity]
    passes.clamp(
      &x, lower: [Float](repeating: 0.2, count: 7), upper: [Float](repeating: 0.8, count: 7), 7)
    #expect(x == [0.2, 0.2, 0.5, 0.8, 0.8, 0.8, 0.2])
  }

  @Test("Shrinking pulls towards the centre, then onto [0, 1] where that is asked for")
  func shrink() {
    let centre: [Float] = [0, 0.5, 1, 0.5, 0.25]
    let start: [Float] = [4, 0.5, -3, 4.5, 0.75]
    var free = start
    var boxed = start

    passes.shrink(&free, towards: centre, factor: 0.5, box: false, 5)
    passes.shrink(&boxed, towards: centre, factor: 0.5, box: true, 5)

    #expect(free == [2, 0.5, -1, 2.5, 0.5])
    #expect(boxed == [1, 0.5, 0, 1, 0.5])
  }
}
