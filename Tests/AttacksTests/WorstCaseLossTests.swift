import Attacks
import Networks
import Tensors
import Testing

/// The exercise's theory: worst-case losses of linear models, and the soft-margin support vector machine.
@Suite("Worst-case losses of linear models")
struct WorstCaseLossTests {
  private let losses: [LossFunction] = [.hinge, .logistic]

  private struct Case {
    let weights: [Float]
    let sample: Sample
    var sign: Double { sample.label == 1 ? 1 : -1 }
    var margin: Double { sign * score(sample.image, weights) }
    func dualNorm(_ norm: Norm) -> Double { LinearInnerMaximum(norm).dualNorm(weights.map(Double.init)) }
  }

  private var cases: [Case] {
    let samples = makeSamples(40, elements: 12, classes: 2, stream: 3)
    return samples.enumerated().map {
      Case(weights: makeWeights(1, 12, stream: UInt32(300 + $0.offset))[0], sample: $0.element)
    }
  }

  @Test("The loss of the exact attack's example is l(m - epsilon ||w||_q)", arguments: Norm.allCases)
  func closedForm(norm: Norm) throws {
    for item in cases {
      let threat = ThreatModel(norm: norm, epsilon: 0.25, box: false)
      let model = ToyClassifier(batch: 1, weights: [item.weights])
      let image = try model.attacked([item.sample], by: ExactLinearAttack(threat: threat, outputs: 1))
      for loss in losses {
        let reached = try model.losses(image, [item.sample], loss)[0]
        let worst = loss.ofMargin(item.margin - 0.25 * item.dualNorm(norm)).value
        #expect(abs(reached - worst) < 1e-6)
      }
    }
  }

  @Test(
    "It is at most l(m) + epsilon ||w||: the norm outside the loss bounds the norm inside",
    arguments: Norm.allCases)
  func upperBound(norm: Norm) {
    var isStrict = false
    var isTight = false
    for item in cases {
      let shift = 0.25 * item.dualNorm(norm)
      for loss in losses {
        let clean = loss.ofMargin(item.margin).value
        let worst = loss.ofMargin(item.margin - shift).value
        #expect(worst <= clean + shift + 1e-12)
        #expect(worst >= clean)
        if worst < clean + shift - 1e-3 { isStrict = true }
        if loss == .hinge && item.margin <= 1 && abs(worst - clean - shift) < 1e-12 { isTight = true }
      }
    }
    // Equal where the hinge is active on the clean sample, smaller elsewhere: the two objectives differ.
    #expect(isStrict && isTight)
  }

  @Test("Worst-case training and the soft-margin SVM weigh the norm differently: |w| against its square")
  func softMargin() {
    // At ||w|| = 1 the penalties agree; below, the unsquared norm costs more, above, less.
    for item in cases where item.margin < 0 {
      let norm = item.dualNorm(.l2)
      let worst = LossFunction.hinge.ofMargin(item.margin - 0.25 * norm).value
      let softMargin = LossFunction.hinge.ofMargin(item.margin).value + 0.25 * norm * norm
      #expect((worst > softMargin) == (norm < 1))
    }
  }

  @Test("The gradient at the exact example is that of the worst-case loss", arguments: [Norm.linf, .l2])
  func gradient(norm: Norm) throws {
    for item in cases {
      let threat = ThreatModel(norm: norm, epsilon: 0.25, box: false)
      let model = ToyClassifier(batch: 1, weights: [item.weights])
      let image = try model.attacked([item.sample], by: ExactLinearAttack(threat: threat, outputs: 1))[0]
      let loss = LossFunction.logistic
      let slope = loss.ofMargin(item.margin - 0.25 * item.dualNorm(norm)).derivative

      for j in item.weights.indices {
        // l'(m) (y x - epsilon w / ||w||) for l2, l'(m) (y x - epsilon sign(w)) for linf.
        let w = Double(item.weights[j])
        let direction = norm == .linf ? (w > 0 ? 1 : -1) : w / item.dualNorm(.l2)
        let expected = slope * (item.sign * Double(item.sample.image[j]) - 0.25 * direction)
        #expect(abs(slope * item.sign * Double(image[j]) - expected) < 1e-6)
      }
    }
  }
}
