import Attacks
import Networks
import Tensors
import Testing

@Suite("The exact attack on linear models")
struct ExactLinearAttackTests {
  /// Whether any restart of an attack breaks each sample.
  private func broken(_ samples: [Sample], _ model: ToyClassifier, _ attack: any Attack) throws -> [Bool] {
    var broken = samples.map { _ in false }
    for restart in 0..<attack.restarts {
      let images = try model.attackedOnce(samples, by: attack, restart: restart)
      for (row, image) in images.enumerated() {
        #expect(attack.threat.allows(image, from: samples[row].image), "\(attack.label)")
      }
      model.forward(.evaluation)
      for row in samples.indices where predictedClass(model.outputs(of: row)) != samples[row].label {
        broken[row] = true
      }
    }
    return broken
  }

  /// Whether a corner of the linf set is misclassified: the worst case of a linear model is at one of them.
  private func brokenAtCorner(_ sample: Sample, _ model: ToyClassifier, _ threat: ThreatModel) -> Bool {
    let count = sample.image.count
    let (lower, upper) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
    threat.linfSet(of: sample.image, lower: lower.pointer, upper: upper.pointer, count: count)
    return (0..<1 << count).contains { corner in
      for j in 0..<count { model.images[j] = corner >> j & 1 == 0 ? lower.pointer[j] : upper.pointer[j] }
      model.forward(.evaluation)
      return predictedClass(model.outputs(of: 0)) != sample.label
    }
  }

  private func correctSamples(_ model: ToyClassifier, elements: Int, classes: Int) -> [Sample] {
    let samples = makeSamples(model.batch, elements: elements, classes: classes)
    for (row, sample) in samples.enumerated() {
      (model.images + row * elements).update(from: sample.image, count: elements)
    }
    model.forward(.evaluation)
    return samples.enumerated().map { row, sample in
      Sample(image: sample.image, label: predictedClass(model.outputs(of: row)), index: sample.index)
    }
  }

  @Test(
    "Robust accuracy under linf is that of brute force over all corners", arguments: [1, 2, 4], [true, false])
  func corners(outputs: Int, box: Bool) throws {
    let weights = makeWeights(outputs, 9, stream: UInt32(20 + outputs))
    // All scores agree on the grey image, so that no class wins everywhere.
    let model = ToyClassifier(batch: 40, weights: weights, biases: weights.map { -0.5 * $0.reduce(0, +) })
    let samples = correctSamples(model, elements: 9, classes: max(outputs, 2))
    var counts: Set<Int> = []
    for epsilon: Float in [0.01, 0.05, 0.1, 0.3] {
      let threat = ThreatModel(norm: .linf, epsilon: epsilon, box: box)

      let exact = try broken(samples, model, ExactLinearAttack(threat: threat, outputs: outputs))

      #expect(exact == samples.map { brokenAtCorner($0, model, threat) })
      counts.insert(exact.count { $0 })
    }
    // The radii tell samples apart.
    #expect(counts.count >= 3)
  }

  @Test("No other attack breaks what the exact one does not", arguments: Norm.allCases, [true, false])
  func neverBelow(norm: Norm, box: Bool) throws {
    let model = ToyClassifier(batch: 40, weights: makeWeights(5, 30, stream: 30))
    let samples = correctSamples(model, elements: 30, classes: 5)
    let radii: [Float] = norm == .linf ? [0.02, 0.08] : norm == .l2 ? [0.1, 0.4] : [0.3, 1]
    for epsilon in radii {
      let threat = ThreatModel(norm: norm, epsilon: epsilon, box: box)
      let exact = try broken(samples, model, ExactLinearAttack(threat: threat, outputs: 5))
      #expect(exact.contains(true) && exact.contains(false))
      var margin = ProjectedGradientDescent(
        threat: threat, steps: 20, stepSize: epsilon / 4, restarts: 4, loss: .margin)
      let untargeted = try broken(samples, model, margin)
      margin.target = .everyOther
      var crossEntropy = margin
      crossEntropy.loss = .crossEntropy
      let others = [
        untargeted, try broken(samples, model, margin), try broken(samples, model, crossEntropy),
        try broken(samples, model, ProjectedGradientDescent.fastGradientSign(threat: threat)),
        try broken(samples, model, ProjectedGradientDescent.fastGradientSignRandomStart(threat: threat)),
        try broken(samples, model, RandomNoise(threat: threat, restarts: 20)),
        try broken(samples, model, AutoProjectedGradientDescent(threat: threat)),
        try broken(
          samples, model, AutoProjectedGradientDescent(threat: threat, loss: .differenceOfLogitsRatio)),
        try broken(samples, model, AutoProjectedGradientDescent(threat: threat, targetClasses: 4)),
      ]
      for other in others { #expect(zip(exact, other).allSatisfy { $0 || !$1 }) }
      // Aimed at every class in turn, and at the margin, PGD reaches the same corners.
      if norm == .linf { #expect(others[1] == exact) }
      // Auto-PGD does in every norm.
      #expect(others.last == exact)
    }
  }

  @Test("l2 with a box: each run goes to the solution of the convex problem", arguments: [Float(0.2), 1])
  func boxedEuclidean(epsilon: Float) throws {
    let weights = makeWeights(3, 30, stream: 31)
    let model = ToyClassifier(batch: 6, weights: weights)
    let samples = makeSamples(6, elements: 30, classes: 3)
    let threat = ThreatModel(norm: .l2, epsilon: epsilon)
    let attack = ExactLinearAttack(threat: threat, outputs: 3)
    #expect(attack.restarts == 2)

    for restart in 0..<2 {
      let images = try model.attackedOnce(samples, by: attack, restart: restart)
      for (image, sample) in zip(images, samples) {
        let other = restart < sample.label ? restart : restart + 1
        let margin = zip(weights[sample.label], weights[other]).map { Double($0) - Double($1) }
        let delta = BoxedLinearMinimum(.l2, radius: Double(epsilon)).solve(margin, clean: sample.image)
          .perturbation
        #expect(threat.allows(image, from: sample.image))
        for j in 0..<30 { #expect(abs(Double(image[j]) - Double(sample.image[j]) - delta[j]) < 1e-6) }
      }
    }
  }
}
