import Attacks
import Networks
import Testing

@Suite("Attacks on packed sessions leave what they leave in a single one")
struct PackedSessionsTests {
  private static let samples = 11

  /// Samples that are classified correctly: others are done before an attack takes its first step.
  private func samples(_ network: CompiledNetwork) throws -> [Sample] {
    let model = try PackedSessions(network, sessions: 3)
    model.wake(Self.samples)
    let samples = makeSamples(Self.samples, elements: model.imageElements, classes: model.outputCount)
    _ = try model.losses(samples.map(\.image), samples, .crossEntropy)
    return samples.enumerated().map { row, sample in
      Sample(image: sample.image, label: predictedClass(model.outputs(of: row)), index: sample.index)
    }
  }

  private func attacks(outputs: Int) -> [any Attack] {
    var attacks: [any Attack] = []
    // Radii that break some of the samples, soon or late.
    for threat in [
      ThreatModel(norm: .linf, epsilon: 0.05), ThreatModel(norm: .l2, epsilon: 0.5),
      ThreatModel(norm: .l1, epsilon: 3),
    ] {
      attacks += [
        AutoProjectedGradientDescent(threat: threat, steps: 9),
        FastAdaptiveBoundary(threat: threat, steps: 3, restarts: 2),
        FastAdaptiveBoundary(threat: threat, steps: 4, targetClasses: 2),
        SquareAttack(threat: threat, queries: 40),
        ProjectedGradientDescent(threat: threat, steps: 3, stepSize: 0.1),
      ]
      if outputs > 3 {
        attacks.append(AutoProjectedGradientDescent(threat: threat, steps: 6, targetClasses: 2))
      }
    }
    return attacks
  }

  @Test("Bit for bit, for every restart", arguments: smallArchitectures)
  func sameExamples(architecture: Architecture) throws {
    let network = try CompiledNetwork(architecture, microbatch: 4)
    try network.load(architecture.testParameters())
    let samples = try samples(network)
    let single = try network.makeSession()
    let packed = try PackedSessions(network, sessions: 3)

    for attack in attacks(outputs: architecture.outputs) {
      for restart in 0..<attack.restarts {
        let expected = try stride(from: 0, to: samples.count, by: 4).flatMap { first in
          let chosen = Array(samples[first..<min(first + 4, samples.count)])
          return try single.attackedOnce(chosen, by: attack, restart: restart)
        }
        packed.wake(samples.count)
        let found = try packed.attackedOnce(samples, by: attack, restart: restart)

        #expect(found == expected, "\(attack.label), run \(restart)")
      }
    }
  }

  @Test("A row that rests keeps its outputs and gradient, and the others get theirs")
  func resting() throws {
    let architecture = smallArchitectures[1]
    let network = try CompiledNetwork(architecture, microbatch: 2)
    try network.load(architecture.testParameters())
    let model = try PackedSessions(network, sessions: 3)
    let (elements, outputs) = (model.imageElements, model.outputCount)
    func pass(_ stream: UInt32) throws -> [[Float]] {
      let samples = makeSamples(5, elements: elements, classes: outputs, stream: stream)
      for (row, sample) in samples.enumerated() {
        (model.images + row * elements).update(from: sample.image, count: elements)
      }
      try model.forward(.evaluation)
      for k in 0..<model.batch * outputs { model.outputGradient[k] = Float(k % outputs) }
      try model.backwardImages()
      return (0..<5).map { row in
        Array(model.outputs(of: row)) + (0..<elements).map { model.imageGradient[row * elements + $0] }
      }
    }
    model.wake(5)
    let first = try pass(1)
    let second = try pass(2)
    _ = try pass(1)
    model.rest(0)
    model.rest(3)
    let mixed = try pass(2)

    #expect((0..<5).allSatisfy { first[$0] != second[$0] })
    #expect(mixed == [first[0], second[1], second[2], first[3], second[4]])
    model.wake(5)
    #expect(try pass(2) == second)
  }
}
