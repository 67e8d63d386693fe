import Foundation
import Tensors
import Testing

@Suite("Deterministic elementary functions")
struct DeterministicMathTests {
  @Test("exp agrees with the C library to 2 ulp over its range")
  func exponential() {
    for i in 0..<20_000 {
      let x = -740 + Double(i) * 0.0724
      let expected = Foundation.exp(x)
      let error = abs(DeterministicMath.exp(x) - expected)
      #expect(error <= 2 * expected.ulp, "exp(\(x))")
    }
    #expect(DeterministicMath.exp(0) == 1)
    #expect(DeterministicMath.exp(1000) == .infinity)
    #expect(DeterministicMath.exp(-1000) == 0)
    #expect(DeterministicMath.exp(.nan).isNaN)
  }

  @Test("log and log1p agree with the C library")
  func logarithm() {
    for i in 1..<20_000 {
      let x = Double(i) * 0.001
      #expect(abs(DeterministicMath.log(x) - Foundation.log(x)) <= 3 * Foundation.log(x).ulp)
      let small = x * 1e-9
      #expect(abs(DeterministicMath.log1p(small) - Foundation.log1p(small)) <= 1e-15 * small)
    }
    #expect(abs(DeterministicMath.log(0x1p-1070) + 1070 * Foundation.log(2.0)) < 1e-12)
    #expect(DeterministicMath.log(0) == -.infinity)
    #expect(DeterministicMath.log(-1).isNaN)
  }

  @Test("cos(pi t) and whole powers agree with the C library")
  func cosineAndPower() {
    for i in 0...1000 {
      let t = Double(i) / 1000
      #expect(abs(DeterministicMath.cosPi(t) - Foundation.cos(.pi * t)) < 4e-16)
    }
    #expect(DeterministicMath.cosPi(0) == 1 && DeterministicMath.cosPi(1) == -1)
    #expect(abs(DeterministicMath.power(0.999, 12_345) / Foundation.pow(0.999, 12_345) - 1) < 1e-12)
  }

  @Test("The normal quantile inverts the distribution function")
  func normalQuantile() {
    for p in [1e-12, 1e-6, 0.001, 0.01, 0.0749, 0.1, 0.3, 0.5, 0.9, 0.999, 1 - 1e-9] {
      let x = NormalDistribution.quantile(p)
      #expect(abs(0.5 * erfc(-x / 2.0.squareRoot()) / p - 1) < 1e-13)
    }
  }
}
