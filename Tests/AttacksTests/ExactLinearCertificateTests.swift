import Attacks
import Certificates
import Networks
import Tensors
import Testing

@Suite("The exact certificate of linear models")
struct ExactLinearCertificateTests {
  private let samples = makeSamples(60, elements: 24, classes: 4, stream: 5)
  private let architecture = Architecture.logisticRegression(
    input: ImageShape(channels: 1, height: 4, width: 6), classes: 4)

  private func verdicts(_ threat: ThreatModel, _ parameters: ParameterArena) throws -> [LinearVerdict] {
    let model = try #require(LinearModel(architecture, parameters))
    return ExactLinearCertificate(model, threat: threat)
      .verdicts(samples.flatMap(\.image), labels: samples.map(\.label))
  }

  /// Whether each sample is broken by any restart, on the compiled float32 network.
  private func broken(_ attack: any Attack, _ parameters: ParameterArena) throws -> [Bool] {
    let network = try CompiledNetwork(architecture, microbatch: samples.count)
    try network.load(parameters)
    let session = try network.makeSession()
    var broken = samples.map { _ in false }
    for restart in 0..<attack.restarts {
      _ = try session.attackedOnce(samples, by: attack, restart: restart)
      try session.forward(.evaluation)
      for row in samples.indices where predictedClass(session.outputs(of: row)) != samples[row].label {
        broken[row] = true
      }
    }
    return broken
  }

  private static let radii: [(Norm, Float)] = [
    (.linf, 0.01), (.linf, 0.05), (.l2, 0.05), (.l2, 0.3), (.l1, 0.1), (.l1, 0.8),
  ]

  @Test(
    "Agrees with the exact attack, and no attack breaks a certified sample", arguments: radii, [true, false])
  func attacks(radius: (norm: Norm, epsilon: Float), box: Bool) throws {
    let threat = ThreatModel(norm: radius.norm, epsilon: radius.epsilon, box: box)
    let parameters = architecture.testParameters()

    let verdicts = try verdicts(threat, parameters)
    let exact = try broken(ExactLinearAttack(threat: threat, outputs: 4), parameters)

    for (verdict, isBroken) in zip(verdicts, exact) {
      switch verdict {
      case .certified: #expect(!isBroken)
      case .broken: #expect(isBroken)
      case .undecided: Issue.record("a sample of these seeds is within rounding of the boundary")
      }
    }
    #expect(verdicts.contains(.certified) && exact.contains(true))
    let descents: [any Attack] = [
      ProjectedGradientDescent(
        threat: threat, steps: 20, stepSize: threat.epsilon / 4, restarts: 3, loss: .margin),
      AutoProjectedGradientDescent(threat: threat, steps: 30),
      AutoProjectedGradientDescent(threat: threat, steps: 30, targetClasses: 3),
    ]
    for descent in descents {
      for (verdict, isBroken) in zip(verdicts, try broken(descent, parameters)) where verdict == .certified {
        #expect(!isBroken, "\(descent.label)")
      }
    }
  }

  @Test("Agrees with brute force over all corners of the linf set", arguments: [true, false])
  func corners(box: Bool) {
    let weights = makeWeights(3, 8, stream: 50).map { $0.map(Double.init) }
    let model = LinearModel(weights: weights, biases: [0.1, 0, -0.1])
    var counts: [Bool: Int] = [:]
    for (number, sample) in makeSamples(60, elements: 8, classes: 3, stream: 6).enumerated() {
      let threat = ThreatModel(norm: .linf, epsilon: [0.02, 0.1, 0.3][number % 3], box: box)
      let (lower, upper) = (AlignedBuffer<Float>(count: 8), AlignedBuffer<Float>(count: 8))
      threat.linfSet(of: sample.image, lower: lower.pointer, upper: upper.pointer, count: 8)
      // The least margin over any other class at any corner, and the class it belongs to.
      var worst = (margin: Double.infinity, class: -1)
      for corner in 0..<256 {
        let point = (0..<8).map { Double(corner >> $0 & 1 == 0 ? lower.pointer[$0] : upper.pointer[$0]) }
        let scores = (0..<3).map { k in zip(weights[k], point).reduce(model.biases[k]) { $0 + $1.0 * $1.1 } }
        for k in 0..<3 where k != sample.label && scores[sample.label] - scores[k] < worst.margin {
          worst = (scores[sample.label] - scores[k], k)
        }
      }

      let verdict = ExactLinearCertificate(model, threat: threat).verdict(sample.image, label: sample.label)

      #expect(abs(worst.margin) > 1e-5)
      #expect(verdict == (worst.margin > 0 ? .certified : .broken(class: worst.class)))
      counts[worst.margin > 0, default: 0] += 1
    }
    #expect(counts.count == 2)
  }

  @Test("A margin at the rounding's size is undecided, one well above or below is not")
  func ties() {
    // The margin is 2 (x0 - x1) + gap; the worst case within 0.125 is 0.5 - 0.5 + gap.
    func verdict(gap: Double, _ norm: Norm) -> LinearVerdict {
      let model = LinearModel(weights: [[2, -2], [0, 0]], biases: [gap, 0])
      let epsilon: Float = norm == .linf ? 0.125 : norm == .l1 ? 0.25 : Float(0.25 / 2.0.squareRoot())
      return ExactLinearCertificate(model, threat: ThreatModel(norm: norm, epsilon: epsilon))
        .verdict([0.625, 0.375], label: 0)
    }

    for norm in Norm.allCases {
      #expect(verdict(gap: 0, norm) == .undecided)
      #expect(verdict(gap: 1e-7, norm) == .undecided)
      #expect(verdict(gap: 1e-4, norm) == .certified)
      #expect(verdict(gap: -1e-4, norm) == .broken(class: 1))
    }
  }

  @Test("A single score stands for two classes")
  func binary() throws {
    let architecture = Architecture.linearBinary(input: ImageShape(channels: 1, height: 1, width: 2))
    let parameters = architecture.initialParameters(seed: 1)
    parameters.pointer[0] = 1
    parameters.pointer[1] = -1
    let model = try #require(LinearModel(architecture, parameters))
    let certificate = ExactLinearCertificate(model, threat: ThreatModel(norm: .linf, epsilon: 0.1))

    #expect(certificate.verdict([0.9, 0.5], label: 1) == .certified)
    #expect(certificate.verdict([0.9, 0.5], label: 0) == .broken(class: 1))
    #expect(certificate.verdict([0.65, 0.5], label: 1) == .broken(class: 0))
    #expect(certificate.verdict([0.1, 0.5], label: 0) == .certified)
  }

  @Test("NaN and overflow certify nothing and break nothing")
  func hostileParameters() {
    for value in [Double.nan, .infinity] {
      let model = LinearModel(weights: [[value, 1], [0, 0]], biases: [1, 0])
      for norm in Norm.allCases {
        for box in [true, false] {
          let threat = ThreatModel(norm: norm, epsilon: 0.1, box: box)
          #expect(ExactLinearCertificate(model, threat: threat).verdict([0.5, 0.5], label: 0) == .undecided)
        }
      }
    }
  }

  @Test("A network that is not linear has no such certificate")
  func nonlinear() {
    let architecture = smallArchitectures[1]

    #expect(LinearModel(architecture, architecture.initialParameters(seed: 1)) == nil)
  }
}
