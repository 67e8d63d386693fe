import Attacks
import Foundation
import Networks
import Testing

@Suite("The inner maximum of TRADES and MART")
struct GaussianStartTests {
  private static let architecture = Architecture.cnnSmall(
    input: ImageShape(channels: 1, height: 12, width: 12), classes: 10)
  private static let threats = [
    ThreatModel(norm: .linf, epsilon: 0.2), ThreatModel(norm: .l2, epsilon: 1),
  ]

  private func descent(
    _ threat: ThreatModel, steps: Int, _ goal: GaussianStartDescent.Goal
  ) -> GaussianStartDescent {
    GaussianStartDescent(threat: threat, steps: steps, stepSize: threat.epsilon / 4, goal: goal)
  }

  private func divergence(_ clean: [Float], _ adversarial: [Float]) -> Double {
    func logarithms(_ outputs: [Float]) -> [Double] {
      let sum = outputs.reduce(0) { $0 + Foundation.exp(Double($1)) }
      return outputs.map { Double($0) - Foundation.log(sum) }
    }
    return zip(logarithms(clean), logarithms(adversarial)).reduce(0) {
      $0 + Foundation.exp($1.0) * ($1.0 - $1.1)
    }
  }

  /// The outputs of images.
  private func evaluate(_ images: [[Float]], on session: NetworkSession) throws -> [[Float]] {
    for (row, image) in images.enumerated() {
      (session.images + row * session.imageElements).update(from: image, count: image.count)
    }
    try session.forward(.evaluation)
    return images.indices.map { Array(session.outputs(of: $0)) }
  }

  @Test("It starts at a thousandth of a standard normal deviate beside the image", arguments: threats)
  func start(threat: ThreatModel) throws {
    let session = try Self.architecture.session(microbatch: 8)
    let samples = makeSamples(8, elements: 144, classes: 10)

    let images = try session.attackedOnce(samples, by: descent(threat, steps: 0, .divergence), restart: 0)

    let noise = zip(images, samples).flatMap { pair in zip(pair.0, pair.1.image).map { Double($0 - $1) } }
    let mean = noise.reduce(0, +) / Double(noise.count)
    let deviation = (noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)).squareRoot()
    // 1,152 deviates: within five standard errors.
    #expect(abs(mean) < 1e-3 * 5 / 1152.0.squareRoot())
    #expect(abs(deviation - 1e-3) < 1e-3 * 5 / 2304.0.squareRoot())
  }

  @Test("It stays in the set and drives the divergence up", arguments: threats)
  func climbs(threat: ThreatModel) throws {
    let session = try Self.architecture.session(microbatch: 6)
    let samples = makeSamples(6, elements: 144, classes: 10)
    let clean = try evaluate(samples.map(\.image), on: session)
    var last = -1.0
    for steps in [0, 1, 4, 10] {
      let images = try session.attackedOnce(
        samples, by: descent(threat, steps: steps, .divergence), restart: 0)
      if steps > 0 {
        for (image, sample) in zip(images, samples) { #expect(threat.allows(image, from: sample.image)) }
      }
      let reached = try evaluate(images, on: session)
      let total = zip(clean, reached).reduce(0) { $0 + divergence($1.0, $1.1) }
      #expect(total > last)
      last = total
    }
  }

  @Test("Labels play no part in the divergence, and decide about cross-entropy")
  func labels() throws {
    let session = try Self.architecture.session(microbatch: 4)
    let samples = makeSamples(4, elements: 144, classes: 10)
    let others = samples.map { Sample(image: $0.image, label: ($0.label + 5) % 10, index: $0.index) }
    let threat = Self.threats[0]
    for (goal, isSame) in [(GaussianStartDescent.Goal.divergence, true), (.loss(.crossEntropy), false)] {
      let attack = descent(threat, steps: 3, goal)
      let one = try session.attackedOnce(samples, by: attack, restart: 0)
      let other = try session.attackedOnce(others, by: attack, restart: 0)
      #expect((one == other) == isSame)
    }
  }

  @Test("The result for a sample does not depend on its row", arguments: threats)
  func rows(threat: ThreatModel) throws {
    let session = try Self.architecture.session(microbatch: 5)
    let samples = makeSamples(5, elements: 144, classes: 10)
    let attack = descent(threat, steps: 3, .divergence)

    let forwards = try session.attackedOnce(samples, by: attack, restart: 0)
    let backwards = try session.attackedOnce(samples.reversed(), by: attack, restart: 0)

    #expect(forwards == backwards.reversed())
  }

  @Test("An adjusted attack has another radius and other steps")
  func adjusted() {
    let threat = ThreatModel(norm: .linf, epsilon: 0.3)
    let attack = ProjectedGradientDescent.fastGradientSign(threat: threat)
    let adjustment = AttackAdjustment(epsilon: 0.5, stepSize: 0.5, steps: 4)

    let changed = attack.adjusted(by: adjustment)

    #expect(changed.threat.epsilon == 0.15)
    #expect(changed.steps == 4)
    #expect(abs(changed.stepSize - 0.3 * 0.5 * 0.5 * 2.5 / 4) < 1e-7)
    #expect(attack.adjusted(by: AttackAdjustment(steps: 2)).stepSize == 0.3)
    let same = attack.adjusted(by: AttackAdjustment())
    #expect(same.stepSize == attack.stepSize && same.threat == threat && same.steps == 1)
  }
}
