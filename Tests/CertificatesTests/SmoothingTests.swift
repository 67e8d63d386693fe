import Certificates
import Networks
import Tensors
import Testing

@Suite("Randomized smoothing")
struct SmoothingTests {
  @Test("The incomplete beta function is the binomial's tail")
  func binomialTail() {
    for trials in [1, 2, 7, 30, 100] {
      for p in [0.001, 0.2, 0.5, 0.77, 0.999] {
        for k in Set([1, trials / 3 + 1, trials]) {
          var (term, sum) = (DeterministicMath.power(1 - p, trials), 0.0)
          for j in 0...trials {
            if j >= k { sum += term }
            term *= Double(trials - j) / Double(j + 1) * p / (1 - p)
          }
          let found = IncompleteBeta.regularized(p, Double(k), Double(trials - k + 1))
          #expect(abs(found - sum) <= 1e-10 * sum + 1e-15, "\(k) of \(trials) at \(p)")
        }
      }
    }
  }

  @Test("Bounds of Clopper and Pearson where they have a closed form, and the level they keep")
  func clopperPearson() {
    for (trials, alpha) in [(1, 0.05), (10, 0.001), (1000, 0.001), (100_000, 0.001)] {
      let all = BinomialInference.lowerBound(successes: trials, trials: trials, alpha: alpha)
      #expect(abs(DeterministicMath.log(all) * Double(trials) - DeterministicMath.log(alpha)) < 1e-6)
      #expect(BinomialInference.lowerBound(successes: 0, trials: trials, alpha: alpha) == 0)
      guard trials > 1 else { continue }
      // P(X >= 1) = 1 - (1 - p)^n.
      let one = BinomialInference.lowerBound(successes: 1, trials: trials, alpha: alpha)
      #expect(abs(-DeterministicMath.log1p(-one) * Double(trials) + DeterministicMath.log1p(-alpha)) < 1e-8)
    }
    for (successes, trials) in [(51, 100), (990, 1000), (60_000, 100_000), (99_990, 100_000)] {
      let bound = BinomialInference.lowerBound(successes: successes, trials: trials, alpha: 0.001)
      let level = IncompleteBeta.regularized(bound, Double(successes), Double(trials - successes + 1))
      #expect(abs(level - 0.001) < 1e-10)
      #expect(bound < Double(successes) / Double(trials))
    }
  }

  @Test("Bounds of Clopper and Pearson by summing the binomial's tail")
  func summed() {
    // One-sided 95 %, the lower ends of 90 % intervals: scipy.stats.beta.ppf(0.05, k, n - k + 1).
    for (successes, trials, bound) in [
      (5, 10, 0.222_441_101_008), (19, 20, 0.783_893_835_793), (80, 100, 0.722_799_750_329),
    ] {
      let found = BinomialInference.lowerBound(successes: successes, trials: trials, alpha: 0.05)
      #expect(abs(found - bound) < 1e-6, "\(successes) of \(trials): \(found)")
    }
  }

  @Test("The test of equal chances is the exact binomial one")
  func equality() {
    #expect(abs(BinomialInference.pValueOfEquality(8, 2) - 0.109375) < 1e-12)
    #expect(abs(BinomialInference.pValueOfEquality(1, 9) - 22.0 / 1024) < 1e-12)
    #expect(BinomialInference.pValueOfEquality(5, 5) == 1)
    #expect(BinomialInference.pValueOfEquality(0, 0) == 1)
    #expect(abs(BinomialInference.pValueOfEquality(0, 3) - 0.25) < 1e-12)
  }

  @Test("Abstains where the counts leave it open")
  func abstention() {
    let smoothing = RandomizedSmoothing(sigma: 0.5, draws: 1000)
    #expect(smoothing.certificate(selected: 2, count: 530) == .init(predicted: nil, radius: 0))
    let certain = smoothing.certificate(selected: 2, count: 1000)
    #expect(certain.predicted == 2)
    // sigma Phi^-1(alpha^(1/n)) = 0.5 * 2.4623
    #expect(abs(certain.radius - 1.231) < 1e-3)
    #expect(smoothing.prediction([500, 480, 20]) == nil)
    #expect(smoothing.prediction([700, 280, 20]) == 0)
    #expect(smoothing.prediction([0, 0, 0]) == nil)
    // The paper's largest radius: 3.81 sigma with 100,000 draws.
    let paper = RandomizedSmoothing(sigma: 1).certificate(selected: 0, count: 100_000)
    #expect(abs(paper.radius - 3.81) < 0.01)
  }

  @Test(
    "For a linear model the counts, and the radius, are those of the closed form", arguments: [0.1, 0.25, 1])
  func linear(sigma: Double) {
    // f(x) = w . x + b is positive with probability Phi(f(x) / (sigma ||w||)), and g is constant within f(x) / ||w||.
    var random = stream(30)
    let weights = (0..<20).map { _ in Double(random.symmetric()) }
    let image = (0..<20).map { _ in random.uniform() }
    let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let distance = 0.9 * sigma
    let bias = distance * norm - zip(weights, image).reduce(0) { $0 + $1.0 * Double($1.1) }
    let smoothing = RandomizedSmoothing(sigma: sigma, draws: 20_000)
    var noisy = image
    var count = 0
    for draw in 0..<smoothing.draws {
      smoothing.addNoise(into: &noisy, image: image, count: 20, seed: 4, sample: 3, draw: draw, .estimation)
      if zip(weights, noisy).reduce(bias, { $0 + $1.0 * Double($1.1) }) > 0 { count += 1 }
    }

    // Phi(0.9) = 0.815940: within four deviations of the count.
    #expect(abs(Double(count) / 20_000 - 0.81594) < 4 * 0.00274)
    let certificate = smoothing.certificate(selected: 1, count: count)
    #expect(certificate.radius < distance)
    #expect(certificate.radius > 0.93 * distance)
  }

  @Test("Noise depends on seed, sample, draw and stage, and on nothing else")
  func noise() {
    let smoothing = RandomizedSmoothing(sigma: 0.5)
    let image = [Float](repeating: 0.5, count: 8)
    func noise(_ seed: UInt64, _ sample: UInt32, _ draw: Int, _ stage: RandomizedSmoothing.Stage) -> [Float] {
      var noisy = image
      smoothing.addNoise(
        into: &noisy, image: image, count: 8, seed: seed, sample: sample, draw: draw, stage)
      return noisy
    }
    let all = [
      noise(1, 2, 3, .estimation), noise(2, 2, 3, .estimation), noise(1, 3, 3, .estimation),
      noise(1, 2, 4, .estimation), noise(1, 2, 3, .selection), noise(1, 2, 3, .prediction),
    ]
    #expect(Set(all).count == all.count)
    #expect(all[0] == noise(1, 2, 3, .estimation))
  }
}
