import Attacks
import Certificates
import Networks
import Tensors
import Testing

@Suite("The fast adaptive boundary attack")
struct FastAdaptiveBoundaryTests {
  private static let classes = 5
  private static let elements = 20
  private let weights = makeWeights(classes, elements, stream: 80)
  private var biases: [Float] { weights.map { -0.5 * $0.reduce(0, +) } }

  /// Samples with the labels that the linear classifier gives them.
  private func samples(_ count: Int) -> [Sample] {
    makeSamples(count, elements: Self.elements, classes: 2, stream: 7).map { sample in
      let scores = weights.indices.map { score(sample.image, weights[$0], biases[$0]) }
      let label = scores.indices.max { scores[$0] < scores[$1] } ?? 0
      return Sample(image: sample.image, label: label, index: sample.index)
    }
  }

  /// Whether any run breaks each sample; what is left of the others is their clean image.
  private func broken(_ samples: [Sample], _ attack: FastAdaptiveBoundary, seed: UInt64 = 1) throws -> [Bool]
  {
    let model = ToyClassifier(batch: samples.count, weights: weights, biases: biases)
    var broken = samples.map { _ in false }
    for restart in 0..<attack.restarts {
      let images = try model.attackedOnce(samples, by: attack, restart: restart, AttackContext(seed: seed))
      model.forward(.evaluation)
      for (row, sample) in samples.enumerated() {
        #expect(attack.threat.allows(images[row], from: sample.image))
        let isBroken = predictedClass(model.outputs(of: row)) != sample.label
        #expect(isBroken || images[row] == sample.image)
        if isBroken { broken[row] = true }
      }
    }
    return broken
  }

  @Test(
    "Finds the distance to the nearest class of a linear model within one percent, and never less",
    arguments: Norm.allCases, [true, false])
  func minimalDistance(norm: Norm, box: Bool) throws {
    for targetClasses in [nil, Self.classes - 1] {
      for sample in samples(12) {
        let distance = try #require(
          LinearDistance(norm: norm, box: box).toOtherClass(sample, weights: weights, biases: biases))
        for (factor, isEnough) in [(0.999, false), (1.01, true)] {
          let attack = FastAdaptiveBoundary(
            threat: ThreatModel(norm: norm, epsilon: Float(factor * distance), box: box), steps: 30,
            targetClasses: targetClasses)
          #expect(try broken([sample], attack) == [isEnough], "\(attack.label) at \(distance)")
        }
      }
    }
  }

  @Test(
    "Breaks exactly the samples of a linear model that are not robust",
    arguments: [(Norm.linf, Float(0.03)), (.linf, 0.1), (.l2, 0.15), (.l2, 0.4), (.l1, 0.2), (.l1, 0.8)])
  func exactAccuracy(norm: Norm, epsilon: Float) throws {
    let samples = samples(60)
    let threat = ThreatModel(norm: norm, epsilon: epsilon)
    let model = LinearModel(weights: weights.map { $0.map(Double.init) }, biases: biases.map(Double.init))

    let verdicts = ExactLinearCertificate(model, threat: threat)
      .verdicts(samples.flatMap(\.image), labels: samples.map(\.label))
    let broken = try broken(
      samples, FastAdaptiveBoundary(threat: threat, steps: 50, targetClasses: Self.classes - 1))

    #expect(Set(broken) == [true, false])
    #expect(verdicts.map { $0 != .certified } == broken)
  }

  @Test("On a network untargeted runs take the nearest plane of all, and both kinds break samples")
  func network() throws {
    let architecture = smallArchitectures[1]
    let session = try architecture.session(microbatch: 12)
    var samples = makeSamples(12, elements: 36, classes: 4)
    let clean = samples.map(\.image)
    _ = try session.losses(clean, samples, .crossEntropy)
    for row in samples.indices { samples[row].label = predictedClass(session.outputs(of: row)) }
    for threat in [ThreatModel(norm: .linf, epsilon: 0.3), ThreatModel(norm: .l2, epsilon: 1.5)] {
      for targetClasses in [nil, 3] {
        let attack = FastAdaptiveBoundary(threat: threat, steps: 20, targetClasses: targetClasses)
        var broken: Set<Int> = []
        for restart in 0..<attack.restarts {
          let images = try session.attackedOnce(samples, by: attack, restart: restart)
          try session.forward(.evaluation)
          for row in samples.indices where predictedClass(session.outputs(of: row)) != samples[row].label {
            broken.insert(row)
            #expect(threat.allows(images[row], from: clean[row]))
            #expect(images[row] != clean[row])
          }
        }
        #expect(broken.count > 5, "\(attack.label)")
      }
    }
  }

  @Test("Restarts go through the targets one after the other, each first from the clean image")
  func restarts() throws {
    let threat = ThreatModel(norm: .l2, epsilon: 0.3)
    let attack = FastAdaptiveBoundary(threat: threat, steps: 5, restarts: 3, targetClasses: 4)
    let samples = samples(6)
    let model = ToyClassifier(batch: 6, weights: weights, biases: biases)
    #expect(attack.restarts == 12)
    #expect(attack.name == "fab-t")
    #expect(FastAdaptiveBoundary(threat: threat, restarts: 3).restarts == 3)
    #expect(FastAdaptiveBoundary(threat: threat).name == "fab")

    var starts: [[Float]] = []
    for restart in 0..<12 {
      let before = model.seen.count
      _ = try model.attackedOnce(samples, by: attack, restart: restart)
      let passes = model.seen[before...]
      #expect(passes.count <= attack.forwardPasses)
      #expect(passes.first == samples.flatMap(\.image))
      starts.append(passes[before + 1])
    }
    // A run from the clean image goes on to a step; others show where they start, at half of epsilon.
    for restart in 0..<12 where restart % 3 > 0 {
      for row in samples.indices {
        let start = Array(starts[restart][row * Self.elements..<(row + 1) * Self.elements])
        let moved = ThreatModel(norm: .l2, epsilon: 0.15)
        #expect(moved.allows(start, from: samples[row].image))
        #expect(start != samples[row].image)
      }
    }
    #expect(Set(starts).count == 12)
  }

  @Test("The class of a rank is counted from the likeliest other class; of equals the first comes first")
  func ranks() {
    let scores: [Float] = [1, 5, 3, 3, -2]
    scores.withUnsafeBufferPointer { scores in
      #expect((0..<5).map { scores.otherClass(than: 1, rank: $0) } == [2, 3, 0, 4, nil])
      #expect((0..<5).map { scores.otherClass(than: 3, rank: $0) } == [1, 2, 0, 4, nil])
    }
    [Float(0.5)].withUnsafeBufferPointer { score in
      #expect(score.otherClass(than: 0, rank: 0) == 1)
      #expect(score.otherClass(than: 1, rank: 0) == 0)
      #expect(score.otherClass(than: 1, rank: 1) == nil)
    }
  }

  @Test("A single score is attacked like two classes")
  func binary() throws {
    let weights: [[Float]] = [[1, -2, 0.5]]
    let samples = [
      Sample(image: [0.9, 0.2, 0.5], label: 1, index: 0), Sample(image: [0.1, 0.4, 0.5], label: 0, index: 1),
    ]
    // The scores are 0.75 and -0.45, over a slope of 3.5.
    for (epsilon, expected) in [
      (Float(0.12), [false, false]), (0.14, [false, true]), (0.22, [true, true]),
    ] {
      for targetClasses in [nil, 1] {
        let model = ToyClassifier(batch: 2, weights: weights)
        let attack = FastAdaptiveBoundary(
          threat: ThreatModel(norm: .linf, epsilon: epsilon), steps: 20, targetClasses: targetClasses)
        _ = try model.attackedOnce(samples, by: attack, restart: 0)
        model.forward(.evaluation)
        #expect(
          samples.indices.map { predictedClass(model.outputs(of: $0)) != samples[$0].label } == expected)
      }
    }
  }

  @Test(
    "Gradients that vanish or are not numbers break nothing and stop nothing", arguments: [Float(0), .nan])
  func hostileGradients(value: Float) throws {
    let model = ToyClassifier(
      batch: 3, imageElements: 4, outputCount: 3, scores: { [1, $0[0], 0.5] },
      pullBack: { image, _ in image.map { _ in value } })
    let samples = (0..<3).map { Sample(image: [0.2, 0.5, 0, 1], label: 0, index: UInt32($0)) }
    for norm in Norm.allCases {
      for targetClasses in [nil, 2] {
        let attack = FastAdaptiveBoundary(
          threat: ThreatModel(norm: norm, epsilon: 0.5), steps: 4, restarts: 2, targetClasses: targetClasses)
        for restart in 0..<attack.restarts {
          let images = try model.attackedOnce(samples, by: attack, restart: restart)
          #expect(images == samples.map(\.image))
        }
      }
    }
  }

  @Test("In training mode no two passes of a run draw the same masks")
  func passes() throws {
    let model = ToyClassifier(batch: 4, weights: weights, biases: biases)
    let attack = FastAdaptiveBoundary(threat: ThreatModel(norm: .linf, epsilon: 1e-4), steps: 6, restarts: 2)

    _ = try model.attackedOnce(
      samples(4), by: attack, restart: 1, AttackContext(seed: 6, step: 7, trainingMode: true))

    let expected = model.modes.indices.map { ForwardMode.training(seed: 6, step: 7, pass: UInt32($0)) }
    #expect(model.modes == expected)
    #expect(model.modes.count > 7 && model.modes.count <= attack.forwardPasses)
  }
}
