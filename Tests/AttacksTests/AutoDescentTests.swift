import Attacks
import Networks
import Tensors
import Testing

@Suite("Auto-PGD")
struct AutoDescentTests {
  private let architecture = smallArchitectures[1]
  private let samples = makeSamples(8, elements: 36, classes: 4)

  private static let threats = [
    ThreatModel(norm: .linf, epsilon: 0.1), ThreatModel(norm: .l2, epsilon: 0.7),
    ThreatModel(norm: .l1, epsilon: 2), ThreatModel(norm: .linf, epsilon: 0.1, box: false),
    ThreatModel(norm: .l2, epsilon: 0.7, box: false), ThreatModel(norm: .l1, epsilon: 2, box: false),
  ]

  private func attacks(_ threat: ThreatModel, steps: Int) -> [AutoProjectedGradientDescent] {
    [
      AutoProjectedGradientDescent(threat: threat, steps: steps),
      AutoProjectedGradientDescent(threat: threat, loss: .differenceOfLogitsRatio, steps: steps),
      AutoProjectedGradientDescent(threat: threat, steps: steps, targetClasses: 3),
    ]
  }

  /// A classifier of the samples in which class 0 always wins.
  private func unbreakable() -> ToyClassifier {
    ToyClassifier(batch: 8, weights: makeWeights(4, 36, stream: 40), biases: [40, 0, 0, 0])
  }

  private let ofClassZero = makeSamples(8, elements: 36, classes: 1)

  @Test("Checkpoints are at the published steps")
  func checkpoints() {
    let linf = ThreatModel(norm: .linf, epsilon: 0.1)
    #expect(AutoProjectedGradientDescent(threat: linf).checkpoints == [22, 41, 57, 70, 80, 87, 93, 99])
    #expect(
      AutoProjectedGradientDescent(threat: linf, steps: 10).checkpoints
        == Array(stride(from: 2, to: 11, by: 1)))
    #expect(AutoProjectedGradientDescent(threat: linf, steps: 1).checkpoints == [1])
    let l1 = ThreatModel(norm: .l1, epsilon: 1)
    #expect(
      AutoProjectedGradientDescent(threat: l1).checkpoints == Array(stride(from: 4, through: 100, by: 4)))
  }

  @Test(
    "Results lie in ball and box, and so do all iterates in a ball of constant radius", arguments: threats)
  func allowed(threat: ThreatModel) throws {
    for var attack in attacks(threat, steps: 12) {
      let session = try architecture.session(microbatch: 8)
      for (image, sample) in zip(try session.attackedOnce(samples, by: attack, restart: 0), samples) {
        #expect(threat.allows(image, from: sample.image), "\(attack.label)")
      }
      attack.shrinksRadius = false
      let model = unbreakable()
      _ = try model.attackedOnce(ofClassZero, by: attack, restart: 0)
      for images in model.seen {
        for (row, sample) in ofClassZero.enumerated() {
          #expect(
            threat.allows(Array(images[row * 36..<(row + 1) * 36]), from: sample.image), "\(attack.label)")
        }
      }
    }
  }

  @Test("Broken samples stay at their first misclassified iterate, others at their best", arguments: threats)
  func results(threat: ThreatModel) throws {
    var random = stream(41)
    let weights = makeWeights(4, 36, stream: 40)
    let model = ToyClassifier(batch: 8, weights: weights)
    // Labels are the predictions, so that every sample has to be broken.
    let images = samples.map { sample in sample.image.map { $0 * random.uniform() } }
    let loss = LossFunction.crossEntropy
    _ = try model.losses(images, samples, loss)
    let labelled = images.indices.map {
      Sample(image: images[$0], label: predictedClass(model.outputs(of: $0)), index: UInt32($0))
    }
    var attack = AutoProjectedGradientDescent(threat: threat, loss: loss, steps: 30)
    attack.shrinksRadius = false
    let before = model.seen.count

    let results = try model.attackedOnce(labelled, by: attack, restart: 0)

    let iterates = Array(model.seen[before...])
    var broken = 0
    for (row, sample) in labelled.enumerated() {
      let own = iterates.map { Array($0[row * 36..<(row + 1) * 36]) }
      let scores = own.map { image in
        weights.map { Float(score(image, $0)) }.withUnsafeBufferPointer {
          (class: predictedClass($0), loss: loss($0, label: sample.label))
        }
      }
      if let first = scores.firstIndex(where: { $0.class != sample.label }) {
        broken += 1
        #expect(results[row] == own[first])
      } else {
        let best = scores.map(\.loss).max()
        #expect(results[row] == own[scores.firstIndex { $0.loss == best } ?? 0])
        #expect(scores.count == 31)
      }
    }
    #expect(broken > 0)
  }

  @Test("A run ends when all samples of the micro-batch are broken, padding or not")
  func earlyEnd() throws {
    let model = ToyClassifier(batch: 8, weights: makeWeights(4, 36, stream: 42))
    let attack = AutoProjectedGradientDescent(threat: ThreatModel(norm: .linf, epsilon: 1))

    _ = try model.attackedOnce(Array(samples.prefix(5)), by: attack, restart: 0)

    #expect(model.seen.count < 20)
    let stubborn = unbreakable()
    _ = try stubborn.attackedOnce(ofClassZero, by: attack, restart: 0)
    #expect(stubborn.seen.count == 101)
    #expect(attack.forwardPasses == 101)
  }

  @Test("Targets go down the order of the clean scores, each with all restarts, and never to the label")
  func targets() throws {
    let biases: [Float] = [0.3, 0.5, 0.1, 0.4, 0.2]
    let model = ToyClassifier(
      batch: 5, weights: (0..<5).map { k in (0..<5).map { $0 == k ? 0.001 : 0 } }, biases: biases)
    let samples = (0..<5).map { Sample(image: [0.5, 0.5, 0.5, 0.5, 0.5], label: $0, index: UInt32($0)) }
    let attack = AutoProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.1), steps: 0, restarts: 2, targetClasses: 4)
    #expect(attack.restarts == 8)
    #expect(attack.name == "apgd-t")
    #expect(attack.forwardPasses == 2)
    let batch = AttackBatch(samples)

    for restart in 0..<8 {
      try attack.run(batch, on: model, restart: restart, AttackContext(seed: 1))
      let order = [1, 3, 0, 4, 2]
      for label in 0..<5 {
        #expect(batch.targets[label] == order.filter { $0 != label }[restart / 2])
      }
    }
    // Beyond the last class there is none but the last.
    let wide = AutoProjectedGradientDescent(threat: attack.threat, steps: 0, targetClasses: 9)
    try wide.run(batch, on: model, restart: 8, AttackContext(seed: 1))
    #expect(batch.targets[0] == 2)
  }

  @Test("Restarts differ in their starts, and in nothing for the same number")
  func restarts() throws {
    let attack = AutoProjectedGradientDescent(threat: Self.threats[1], steps: 5, restarts: 3)
    let runs = try [0, 1, 2, 1].map { restart in
      try unbreakable().attackedOnce(ofClassZero, by: attack, restart: restart)
    }
    #expect(runs[0] != runs[1] && runs[1] != runs[2])
    #expect(runs[1] == runs[3])
  }

  @Test("Keeping the worst of several restarts never lowers a loss")
  func worst() throws {
    let session = try architecture.session(microbatch: 8)
    var previous = samples.map { _ in -Double.infinity }
    for restarts in 1...4 {
      let attack = AutoProjectedGradientDescent(threat: Self.threats[0], steps: 4, restarts: restarts)
      let images = try session.attacked(samples, by: attack)
      let losses = try session.losses(images, samples, .crossEntropy)
      #expect(zip(previous, losses).allSatisfy { $0 <= $1 })
      previous = losses
    }
  }

  @Test("Gradients of several passes are added up where the model is randomised, and only there")
  func gradientSamples() throws {
    let attack = AutoProjectedGradientDescent(threat: Self.threats[0], steps: 6, gradientSamples: 3)
    let still = unbreakable()
    _ = try still.attackedOnce(ofClassZero, by: attack, restart: 0)
    #expect(still.modes.count == 7)

    let model = unbreakable()
    let training = AttackContext(seed: 3, step: 5, trainingMode: true)
    let averaged = try model.attackedOnce(ofClassZero, by: attack, restart: 0, training)
    #expect(model.modes == (0..<21).map { .training(seed: 3, step: 5, pass: $0) })
    #expect(attack.forwardPasses == 21)
    // Three equal gradients point where one does.
    let single = AutoProjectedGradientDescent(threat: Self.threats[0], steps: 6)
    #expect(averaged == (try unbreakable().attackedOnce(ofClassZero, by: single, restart: 0, training)))

    // A gradient that alternates in sign from pass to pass, but not on average, is followed on average.
    var passes = 0
    let noisy = ToyClassifier(
      batch: 8, imageElements: 36, outputCount: 4, scores: { _ in [9, 0, 0, 0] },
      pullBack: { image, _ in
        passes += 1
        let pass = (passes - 1) / 8
        return image.map { _ in pass % 3 == 2 ? -5 : 3 }
      })
    let grey = (0..<8).map { Sample(image: Array(repeating: 0.5, count: 36), label: 0, index: $0) }
    let step = AutoProjectedGradientDescent(threat: Self.threats[0], steps: 1, gradientSamples: 3)
    _ = try noisy.attackedOnce(grey, by: step, restart: 0, training)
    let last = noisy.seen[noisy.seen.count - 1]
    #expect(last.allSatisfy { abs($0 - 0.6) < 1e-6 })
  }

  @Test("Useless gradients and NaN outputs end without a crash, in ball and box", arguments: Norm.allCases)
  func useless(norm: Norm) throws {
    let threat = ThreatModel(norm: norm, epsilon: 0.2)
    for value in [Float(0), .nan, .infinity] {
      let model = ToyClassifier(
        batch: 8, imageElements: 36, outputCount: 4, scores: { _ in [1, 0, 0, 0] },
        pullBack: { image, _ in image.map { _ in value } })
      for attack in attacks(threat, steps: 10) {
        for (image, sample) in zip(try model.attackedOnce(ofClassZero, by: attack, restart: 0), ofClassZero) {
          #expect(threat.allows(image, from: sample.image))
        }
      }
    }
    let lost = ToyClassifier(
      batch: 8, imageElements: 36, outputCount: 4, scores: { _ in [.nan, 0, .nan, 0] },
      pullBack: { image, _ in image.map { _ in .nan } })
    for attack in attacks(threat, steps: 10) {
      for (image, sample) in zip(try lost.attackedOnce(samples, by: attack, restart: 0), samples) {
        #expect(threat.allows(image, from: sample.image))
      }
    }
  }

  @Test("Epsilon 0 leaves images as they are", arguments: Norm.allCases)
  func epsilonZero(norm: Norm) throws {
    for attack in attacks(ThreatModel(norm: norm, epsilon: 0), steps: 5) {
      #expect(try unbreakable().attackedOnce(ofClassZero, by: attack, restart: 0) == ofClassZero.map(\.image))
    }
  }

  @Test("Names and labels say which attack it is")
  func names() {
    let threat = ThreatModel(norm: .linf, epsilon: 0.3)
    #expect(
      AutoProjectedGradientDescent(threat: threat).label
        == "apgd-ce (linf, epsilon 0.3, 100 steps, 1 restart)")
    #expect(AutoProjectedGradientDescent(threat: threat, loss: .differenceOfLogitsRatio).name == "apgd-dlr")
    #expect(AutoProjectedGradientDescent(threat: threat, loss: .logistic).name == "apgd-ce")
    #expect(AutoProjectedGradientDescent(threat: threat, loss: .margin).name == "apgd-margin")
    #expect(
      AutoProjectedGradientDescent(threat: threat, targetClasses: 9).label
        == "apgd-t (linf, epsilon 0.3, 100 steps, 9 targets, 1 restart)")
    #expect(AutoProjectedGradientDescent(threat: threat, targetClasses: 9).leastOutputs == 4)
  }
}
