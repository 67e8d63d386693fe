import Attacks
import Networks
import Tensors
import Testing

@Suite("The fast gradient sign method on binary linear models")
struct FastGradientSignTests {
  private let weights = makeWeights(1, 37, stream: 1)
  private let samples = makeSamples(8, elements: 37, classes: 2)

  private func clean(_ threat: ThreatModel, _ sample: Sample) -> [Float] {
    let sign: Float = sample.label == 1 ? 1 : -1
    return zip(sample.image, weights[0]).map { pixel, weight in
      let moved = sign * weight > 0 ? pixel - threat.epsilon : pixel + threat.epsilon
      return threat.box ? min(max(moved, 0), 1) : moved
    }
  }

  @Test(
    "One step is -y epsilon sign(w), bit for bit", arguments: [true, false], [LossFunction.hinge, .logistic])
  func closedForm(box: Bool, loss: LossFunction) throws {
    let threat = ThreatModel(norm: .linf, epsilon: 0.07, box: box)
    let model = ToyClassifier(batch: 8, weights: weights, biases: [0.1])

    let adversarial = try model.attacked(
      samples, by: ProjectedGradientDescent.fastGradientSign(threat: threat, loss: loss), loss: loss)

    // A hinge loss of zero has no gradient: such a sample stays where it is.
    for (image, sample) in zip(adversarial, samples) {
      let margin = (sample.label == 1 ? 1 : -1) * score(sample.image, weights[0], 0.1)
      #expect(image == (loss == .hinge && margin >= 1 ? sample.image : clean(threat, sample)))
    }
  }

  @Test("PGD from the clean image, FGSM and the exact attack agree bit for bit", arguments: [true, false])
  func projectedGradientDescent(box: Bool) throws {
    let threat = ThreatModel(norm: .linf, epsilon: 0.11, box: box)
    let model = ToyClassifier(batch: 8, weights: weights)
    let attacks: [any Attack] = [
      ProjectedGradientDescent(
        threat: threat, steps: 10, stepSize: 0.11 / 4, randomStart: false, loss: .logistic),
      ProjectedGradientDescent(threat: threat, steps: 20, stepSize: 0.11 / 4, loss: .logistic),
      ProjectedGradientDescent.fastGradientSign(threat: threat, loss: .logistic),
      ExactLinearAttack(threat: threat, outputs: 1),
    ]

    for attack in attacks {
      let adversarial = try model.attacked(samples, by: attack, loss: .logistic)
      #expect(adversarial == samples.map { clean(threat, $0) }, "\(attack.label)")
    }
  }

  @Test("The l2 step is -y epsilon w / ||w||, to float32 rounding of the pixels")
  func euclidean() throws {
    let threat = ThreatModel(norm: .l2, epsilon: 0.4, box: false)
    let model = ToyClassifier(batch: 8, weights: weights)
    let norm = weights[0].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let attacks: [any Attack] = [
      ProjectedGradientDescent.fastGradientSign(threat: threat, loss: .logistic),
      ExactLinearAttack(threat: threat, outputs: 1),
    ]

    for attack in attacks {
      let adversarial = try model.attacked(samples, by: attack, loss: .logistic)
      for (image, sample) in zip(adversarial, samples) {
        for (j, value) in image.enumerated() {
          let sign = sample.label == 1 ? 1.0 : -1.0
          let expected = Double(sample.image[j]) - sign * 0.4 * Double(weights[0][j]) / norm
          #expect(abs(Double(value) - expected) < 2.5e-7)
        }
      }
    }
  }

  @Test("A compiled linear network is attacked as the closed form says")
  func compiled() throws {
    let architecture = Architecture.linearBinary(input: ImageShape(channels: 1, height: 1, width: 37))
    let parameters = architecture.initialParameters(seed: 1)
    for (j, weight) in weights[0].enumerated() { parameters.pointer[j] = weight }
    let network = try CompiledNetwork(architecture, microbatch: 8)
    try network.load(parameters)
    let threat = ThreatModel(norm: .linf, epsilon: 0.07)

    for attack: any Attack in [
      ProjectedGradientDescent.fastGradientSign(threat: threat, loss: .logistic),
      ProjectedGradientDescent(threat: threat, steps: 20, stepSize: 0.02, loss: .logistic),
      ExactLinearAttack(threat: threat, outputs: 1),
    ] {
      let adversarial = try network.makeSession().attacked(samples, by: attack, loss: .logistic)
      #expect(adversarial == samples.map { clean(threat, $0) }, "\(attack.label)")
    }
  }

  @Test("Step sizes left out are epsilon for FGSM and 1.25 epsilon for FGSM-RS")
  func defaults() {
    let threat = ThreatModel(norm: .linf, epsilon: 0.25)
    let fgsm = ProjectedGradientDescent.fastGradientSign(threat: threat)
    let randomStart = ProjectedGradientDescent.fastGradientSignRandomStart(threat: threat)

    #expect(fgsm.stepSize == 0.25 && fgsm.steps == 1 && !fgsm.randomStart)
    #expect(randomStart.stepSize == 0.3125 && randomStart.steps == 1 && randomStart.randomStart)
    #expect(randomStart.label == "fgsm-rs (linf, epsilon 0.25, step 0.3125, 1 restart)")
  }
}
