import Attacks
import Networks
import Testing

@Suite("A sample's adversarial example depends on the sample alone")
struct RowIndependenceTests {
  /// Samples that are classified correctly: others are broken before an attack takes its first step.
  private func samples(_ architecture: Architecture) throws -> [Sample] {
    let samples = makeSamples(9, elements: architecture.input.elements, classes: architecture.outputs)
    let session = try architecture.session(microbatch: 9)
    _ = try session.losses(samples.map(\.image), samples, .crossEntropy)
    return samples.enumerated().map { row, sample in
      Sample(image: sample.image, label: predictedClass(session.outputs(of: row)), index: sample.index)
    }
  }

  /// Attacks every sample in micro-batches packed in different ways; the results by sample index.
  private func results(
    _ architecture: Architecture, _ attack: any Attack, _ context: AttackContext
  ) throws -> [[[UInt32]]] {
    let samples = try samples(architecture)
    let session = try architecture.session(microbatch: 5)
    let packings: [[[Int]]] = [
      [[0, 1, 2, 3, 4], [5, 6, 7, 8]],
      [[8, 7, 6, 5, 4], [3, 2, 1, 0]],
      [[4, 0], [8], [2, 6, 1], [3, 7, 5]],
    ]
    return try packings.map { packing in
      var found = samples.map { _ in [UInt32]() }
      for group in packing {
        let chosen = group.map { samples[$0] }
        session.identify(chosen)
        let adversarial = try session.attacked(chosen, by: attack, context)
        for (place, image) in zip(group, adversarial) { found[place] = image.map(\.bitPattern) }
      }
      return found
    }
  }

  @Test(
    "Bit for bit in any row, with any neighbours, in a full or a padded micro-batch",
    arguments: smallArchitectures)
  func packing(architecture: Architecture) throws {
    let linf = ThreatModel(norm: .linf, epsilon: 0.2)
    let l2 = ThreatModel(norm: .l2, epsilon: 1)
    var attacks: [any Attack] = [
      ProjectedGradientDescent(threat: linf, steps: 4, stepSize: 0.1, restarts: 2),
      ProjectedGradientDescent(threat: l2, steps: 4, stepSize: 0.5, loss: .margin),
      ProjectedGradientDescent(threat: linf, steps: 2, stepSize: 0.1, target: .runnerUp),
      ProjectedGradientDescent.fastGradientSignRandomStart(threat: linf),
    ]
    let outputs = architecture.outputs
    let loss: LossFunction = outputs > 3 ? .differenceOfLogitsRatio : .crossEntropy
    for threat in [linf, l2, ThreatModel(norm: .l1, epsilon: 3)] {
      attacks.append(
        AutoProjectedGradientDescent(threat: threat.with(epsilon: threat.epsilon / 8), loss: loss, steps: 9))
    }
    if outputs > 3 {
      attacks.append(AutoProjectedGradientDescent(threat: linf, steps: 6, restarts: 2, targetClasses: 2))
    }
    if architecture.isLinear { attacks.append(ExactLinearAttack(threat: l2, outputs: architecture.outputs)) }

    for attack in attacks {
      let found = try results(architecture, attack, AttackContext(seed: 4, step: 9))
      #expect(found[0] == found[1], "\(attack.label)")
      #expect(found[0] == found[2], "\(attack.label)")
    }
  }

  @Test("Also with dropout active while attacking")
  func dropout() throws {
    let attack = ProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.2), steps: 3, stepSize: 0.1, randomStart: false)
    let averaged = AutoProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.02), steps: 4, gradientSamples: 3)
    for architecture in smallArchitectures where architecture.layers.contains(.dropout(0.5)) {
      for attack in [attack, averaged] as [any Attack] {
        let training = try results(architecture, attack, AttackContext(seed: 4, step: 9, trainingMode: true))
        let evaluation = try results(architecture, attack, AttackContext(seed: 4, step: 9))

        #expect(training[0] == training[1])
        #expect(training[0] == training[2])
        #expect(training[0] != evaluation[0])
      }
    }
  }

  @Test("In training mode every pass, and the pass that scores restarts, draws masks of its own")
  func passes() throws {
    let model = ToyClassifier(batch: 2, weights: makeWeights(3, 8, stream: 3))
    let attack = ProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.2), steps: 3, stepSize: 0.1, restarts: 2,
      target: .leastLikely)

    _ = try model.attacked(
      makeSamples(2, elements: 8, classes: 3), by: attack, AttackContext(seed: 6, step: 7, trainingMode: true)
    )

    // Each restart chooses its target in pass 3, steps in 0, 1, 2 and is scored in 4.
    let expected = [3, 0, 1, 2, 4].map { ForwardMode.training(seed: 6, step: 7, pass: $0) }
    #expect(model.modes == expected + expected)
    #expect(attack.forwardPasses == 4)
  }

  @Test("Rows behind the last sample are neither read nor moved")
  func padding() throws {
    let architecture = smallArchitectures[1]
    let samples = try Array(samples(architecture).prefix(2))
    let session = try architecture.session(microbatch: 5)
    let attack = ProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.2), steps: 2, stepSize: 0.1)

    _ = try session.attackedOnce(samples, by: attack, restart: 0)

    for row in 2..<5 { #expect(session.currentImage(row).allSatisfy { $0 == 0 }) }
  }
}
