import Attacks
import Networks
import Tensors
import Testing

@Suite("Random starts")
struct RandomStartTests {
  /// The start of a run, as the model sees it in the first forward pass.
  private func starts(
    _ samples: [Sample], _ attack: any Attack, restart: Int = 0,
    _ context: AttackContext = AttackContext(seed: 1)
  ) throws -> [[Float]] {
    let elements = samples[0].image.count
    let model = ToyClassifier(
      batch: samples.count, weights: makeWeights(3, elements, stream: 5))
    try attack.run(AttackBatch(samples), on: model, restart: restart, context)
    return samples.indices.map { Array(model.seen[0][$0 * elements..<($0 + 1) * elements]) }
  }

  private func descent(_ threat: ThreatModel) -> ProjectedGradientDescent {
    ProjectedGradientDescent(threat: threat, steps: 1, stepSize: 0.01)
  }

  private func grey(_ count: Int, elements: Int) -> [Sample] {
    (0..<count).map {
      Sample(image: Array(repeating: 0.5, count: elements), label: $0 % 3, index: UInt32($0))
    }
  }

  @Test("linf starts are uniform on [-epsilon, epsilon]: mean, variance and kurtosis")
  func uniform() throws {
    let noise = try starts(grey(50, elements: 400), descent(ThreatModel(norm: .linf, epsilon: 0.25)))
      .flatMap { $0.map { (Double($0) - 0.5) / 0.25 } }

    // Standard errors for n = 20,000: 0.0041, 0.0021, 0.0019; four of them are allowed.
    let n = Double(noise.count)
    #expect(abs(noise.reduce(0, +) / n) < 0.0164)
    #expect(abs(noise.reduce(0) { $0 + $1 * $1 } / n - 1 / 3) < 0.0085)
    #expect(abs(noise.reduce(0) { $0 + $1 * $1 * $1 * $1 } / n - 1 / 5) < 0.0076)
    #expect(noise.allSatisfy { abs($0) <= 1 })
  }

  @Test("The d-th power of an l2 start's length is uniform, and its direction has no preference")
  func lengths() throws {
    let count = 2000
    let deltas = try starts(grey(count, elements: 5), descent(ThreatModel(norm: .l2, epsilon: 0.4)))
      .map { $0.map { (Double($0) - 0.5) / 0.4 } }

    let powers = deltas.map { delta in
      let square = delta.reduce(0) { $0 + $1 * $1 }
      return square * square * square.squareRoot()
    }.sorted()
    // Kolmogorov and Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand.
    let distance = powers.enumerated().map { abs($0.element - (Double($0.offset) + 0.5) / Double(count)) }
    #expect((distance.max() ?? 1) < 1.95 / Double(count).squareRoot())
    for j in 0..<5 {
      // The variance of a coordinate is 1 / (d + 2).
      let mean = deltas.reduce(0) { $0 + $1[j] } / Double(count)
      let variance = deltas.reduce(0) { $0 + $1[j] * $1[j] } / Double(count)
      #expect(abs(mean) < 4 * (1 / (7 * Double(count))).squareRoot())
      #expect(abs(variance - 1.0 / 7) < 0.02)
    }
  }

  @Test(
    "A start depends on seed, step, sample and restart, and on nothing else", arguments: [Norm.linf, .l2])
  func identity(norm: Norm) throws {
    let attack = descent(ThreatModel(norm: norm, epsilon: 0.3))
    let samples = makeSamples(5, elements: 20, classes: 3)
    let base = try starts(samples, attack)

    #expect(try starts(samples, attack) == base)
    #expect(try starts(samples.reversed(), attack) == base.reversed())
    #expect(try starts([samples[3]], attack) == [base[3]])
    var relabelled = samples
    for row in relabelled.indices { relabelled[row].label = 2 - relabelled[row].label }
    #expect(try starts(relabelled, attack) == base)

    #expect(try starts(samples, attack, restart: 1) != base)
    #expect(try starts(samples, attack, AttackContext(seed: 2)) != base)
    #expect(try starts(samples, attack, AttackContext(seed: 1, step: 1)) != base)
    var renamed = samples
    for row in renamed.indices { renamed[row].index += 1 }
    let other = try starts(renamed, attack)
    for row in samples.indices { #expect(other[row] != base[row]) }
  }

  @Test("FGSM-RS takes its gradient at a start outside the box, and ends inside")
  func unclippedStart() throws {
    let threat = ThreatModel(norm: .linf, epsilon: 0.3)
    let samples = makeSamples(4, elements: 30, classes: 3)
    let attack = ProjectedGradientDescent.fastGradientSignRandomStart(threat: threat)
    let unclipped = try starts(samples, attack)
    let clipped = try starts(samples, descent(threat))

    #expect(unclipped.contains { $0.contains { $0 < 0 } })
    #expect(unclipped.contains { $0.contains { $0 > 1 } })
    #expect(unclipped.map { $0.map { min(max($0, 0), 1) } } == clipped)
    let model = ToyClassifier(batch: 4, weights: makeWeights(3, 30, stream: 5))
    for (image, sample) in zip(try model.attacked(samples, by: attack), samples) {
      #expect(threat.allows(image, from: sample.image))
    }
  }

  @Test("The noise control fills the ball and looks at no gradient", arguments: [Norm.linf, .l2])
  func noise(norm: Norm) throws {
    let threat = ThreatModel(norm: norm, epsilon: 0.3)
    let samples = makeSamples(4, elements: 30, classes: 3)
    let model = ToyClassifier(batch: 4, weights: makeWeights(3, 30, stream: 5))

    let once = try model.attackedOnce(samples, by: RandomNoise(threat: threat), restart: 0)
    let again = try model.attackedOnce(samples, by: RandomNoise(threat: threat), restart: 1)

    #expect(model.modes.isEmpty)
    #expect(zip(once, samples).allSatisfy { threat.allows($0, from: $1.image) })
    for row in samples.indices { #expect(once[row] != samples[row].image && once[row] != again[row]) }
    // Another purpose, other numbers: noise is no PGD start.
    #expect(try starts(samples, descent(threat)) != once)
  }
}
