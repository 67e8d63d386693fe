import Attacks
import Foundation
import Tensors
import Testing

@Suite("The linear inner maximum")
struct LinearInnerMaximumTests {
  private static let exponents: [Double] = [1, 1.5, 2, 3, .infinity]

  private func norm(_ vector: [Double], _ p: Double) -> Double {
    p == .infinity
      ? vector.map(abs).max() ?? 0
      : Foundation.pow(vector.reduce(0) { $0 + Foundation.pow(abs($1), p) }, 1 / p)
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  private func weights(_ count: Int, _ number: UInt32) -> [Double] {
    var random = stream(number)
    return (0..<count).map { _ in Double(random.symmetric()) }
  }

  @Test("Hoelder holds with equality: w . delta = -epsilon ||w||_q on the sphere", arguments: exponents)
  func equality(p: Double) {
    let maximum = LinearInnerMaximum(exponent: p)
    let q = p == 1 ? Double.infinity : p == .infinity ? 1 : p / (p - 1)

    #expect(maximum.dualExponent == q)
    for (number, scale) in [1, 1e-12, 1e12].enumerated() {
      let w = weights(50, UInt32(number)).map { $0 * scale }
      let delta = maximum.perturbation(w, epsilon: 0.3)
      let expected = 0.3 * norm(w, q)
      #expect(abs(dot(w, delta) + expected) < 1e-12 * expected)
      #expect(abs(norm(delta, p) - 0.3) < 1e-12)
      #expect(abs(maximum.dualNorm(w) - norm(w, q)) < 1e-12 * norm(w, q))
    }
  }

  @Test(
    "No point of the ball does better: random points, and points projected on the sphere",
    arguments: exponents)
  func search(p: Double) {
    let w = weights(6, 40)
    let best = dot(w, LinearInnerMaximum(exponent: p).perturbation(w, epsilon: 0.3))
    var nearest = Double.infinity
    var random = stream(41)

    var point = w.map { _ in 0.0 }
    for round in 0..<4000 {
      // A fifth of the points are anywhere on the sphere, the others are near the best one so far.
      let fresh = w.map { _ in random.normal() }
      let step = [1, 0.1, 0.03, 0.01, 0.003][round % 5]
      var candidate = round % 5 == 0 ? fresh : zip(point, fresh).map { $0 + step * $1 }
      let length = norm(candidate, p)
      candidate = candidate.map { 0.3 * $0 / length }
      let value = dot(w, candidate)
      #expect(value >= best - 1e-12)
      if value < nearest { (nearest, point) = (value, candidate) }
    }
    // The search comes close, so it would have found a better point if there were one.
    #expect(nearest < 0.97 * best)
  }

  @Test("Zeros: weights of zero stay untouched, no weights no perturbation", arguments: exponents)
  func zeros(p: Double) {
    let maximum = LinearInnerMaximum(exponent: p)

    #expect(maximum.perturbation([0, 0, 0], epsilon: 1) == [0, 0, 0])
    #expect(maximum.perturbation([0, 2, 0], epsilon: 0.5) == [0, -0.5, 0])
    #expect(maximum.dualNorm([]) == 0)
  }

  @Test("Named norms are the exponents they stand for")
  func named() {
    #expect(LinearInnerMaximum(.linf).dualExponent == Norm.linf.dualExponent)
    #expect(LinearInnerMaximum(.l2).dualExponent == Norm.l2.dualExponent)
    #expect(LinearInnerMaximum(.l1).dualExponent == Norm.l1.dualExponent)
  }
}
