import Attacks
import Networks
import Tensors
import Testing

@Suite("Targeted attacks")
struct TargetedAttackTests {
  private let threat = ThreatModel(norm: .linf, epsilon: 0.2)
  private let samples = makeSamples(10, elements: 36, classes: 4)

  private func attack(_ target: ProjectedGradientDescent.Target, restarts: Int = 1)
    -> ProjectedGradientDescent
  {
    ProjectedGradientDescent(
      threat: threat, steps: 5, stepSize: 0.05, randomStart: false, restarts: restarts, target: target)
  }

  /// The losses of images with the target in place of the label.
  private func losses(_ session: NetworkSession, _ images: [[Float]], targets: [Int]) throws -> [Double] {
    let aimed = zip(samples, targets).map { Sample(image: $0.image, label: $1, index: $0.index) }
    return try session.losses(images, aimed, .crossEntropy)
  }

  private func targets(_ session: NetworkSession, _ choose: ([Float], Int) -> Int) throws -> [Int] {
    _ = try session.losses(samples.map(\.image), samples, .crossEntropy)
    return samples.enumerated().map { choose(Array(session.outputs(of: $0.offset)), $0.element.label) }
  }

  @Test("The target's loss falls, for every way to choose the target")
  func descends() throws {
    let session = try smallArchitectures[1].session(microbatch: 10)
    func best(_ outputs: [Float], _ label: Int) -> Int {
      outputs.indices.filter { $0 != label }.max { outputs[$0] < outputs[$1] } ?? -1
    }
    let cases: [(ProjectedGradientDescent.Target, [Int])] = [
      (.runnerUp, try targets(session, best)),
      (
        .leastLikely,
        try targets(session) { outputs, label in
          outputs.indices.filter { $0 != label }.min { outputs[$0] < outputs[$1] } ?? -1
        }
      ),
      (.fixed(2), try targets(session) { $1 == 2 ? best($0, $1) : 2 }),
      (.everyOther, samples.map { $0.label == 0 ? 1 : 0 }),
    ]

    for (target, aims) in cases {
      let before = try losses(session, samples.map(\.image), targets: aims)
      let images = try session.attackedOnce(samples, by: attack(target), restart: 0)
      let after = try losses(session, images, targets: aims)
      #expect(zip(before, after).allSatisfy { $0 > $1 }, "\(target)")
    }
  }

  @Test("everyOther aims at each other class once, whatever the label")
  func everyOther() throws {
    // The gradient of a linear model names the target: class k's weights are all on pixel k.
    let model = ToyClassifier(batch: 4, weights: (0..<4).map { k in (0..<4).map { $0 == k ? 1 : 0 } })
    let samples = (0..<4).map { Sample(image: [0.5, 0.5, 0.5, 0.5], label: $0, index: UInt32($0)) }
    let attack = attack(.everyOther)
    var aimedAt = samples.map { _ in [Int]() }

    for restart in 0..<3 {
      let images = try model.attackedOnce(samples, by: attack, restart: restart)
      for row in samples.indices { aimedAt[row] += images[row].indices.filter { images[row][$0] > 0.5 } }
    }

    for row in samples.indices { #expect(aimedAt[row] == (0..<4).filter { $0 != row }) }
  }

  @Test("A single score has one other class: targeted and untargeted steps agree")
  func binary() throws {
    let weights = makeWeights(1, 36, stream: 8)
    let samples = makeSamples(4, elements: 36, classes: 2)
    var targeted = attack(.everyOther)
    targeted.loss = .logistic
    var untargeted = targeted
    untargeted.target = nil
    let model = ToyClassifier(batch: 4, weights: weights)

    let images = try model.attacked(samples, by: targeted, loss: .logistic)
    #expect(images == (try model.attacked(samples, by: untargeted, loss: .logistic)))
    #expect(images != samples.map(\.image))
  }

  @Test("The margin loss goes for the strongest rival and never saturates")
  func margin() throws {
    // So confident that cross-entropy's gradient is 0 in float32 but for the label's own guard.
    let weights = makeWeights(4, 36, stream: 9).map { $0.map { 200 * $0 } }
    let model = ToyClassifier(batch: 10, weights: weights, biases: [4000, 4000, 4000, 4000])
    var attack = attack(.runnerUp)
    attack.target = nil
    attack.loss = .margin
    let before = try model.losses(samples.map(\.image), samples, .margin)

    let after = try model.losses(try model.attacked(samples, by: attack, loss: .margin), samples, .margin)

    #expect(zip(before, after).allSatisfy { $0 < $1 })
  }
}
