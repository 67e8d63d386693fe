import Attacks
import Networks
import Testing

@Suite("Restarts keep the worst for every sample by itself")
struct RestartTests {
  private let architecture = smallArchitectures[1]

  @Test(
    "Each sample keeps its own best restart, the first of equals",
    arguments: [LossFunction.crossEntropy, .margin])
  func perSample(loss: LossFunction) throws {
    let session = try architecture.session(microbatch: 12)
    let samples = makeSamples(12, elements: 36, classes: 4)
    var attack = ProjectedGradientDescent(
      threat: ThreatModel(norm: .linf, epsilon: 0.4), steps: 1, stepSize: 0.05, restarts: 6, loss: loss)
    var single: [(images: [[Float]], losses: [Double])] = []
    for restart in 0..<6 {
      let images = try session.attackedOnce(samples, by: attack, restart: restart)
      single.append((images, try session.losses(images, samples, loss)))
    }

    let kept = try session.attacked(samples, by: attack, loss: loss)
    let keptLosses = try session.losses(kept, samples, loss)

    var winners: Set<Int> = []
    for row in samples.indices {
      let best = single.map { $0.losses[row] }.max() ?? .nan
      let winner = single.firstIndex { $0.losses[row] == best } ?? -1
      winners.insert(winner)
      #expect(keptLosses[row] == best)
      #expect(kept[row] == single[winner].images[row])
    }
    // Were the worst batch kept instead of the worst sample, one restart would win everywhere.
    #expect(winners.count > 2)
    attack.restarts = 1
    #expect(try session.attacked(samples, by: attack, loss: loss) == single[0].images)
  }

  @Test("More restarts never lower a sample's loss")
  func monotone() throws {
    let session = try architecture.session(microbatch: 12)
    let samples = makeSamples(12, elements: 36, classes: 4)
    var attack = RandomNoise(threat: ThreatModel(norm: .l2, epsilon: 2))
    var previous = Array(repeating: -Double.infinity, count: 12)

    for restarts in 1...8 {
      attack.restarts = restarts
      let losses = try session.losses(try session.attacked(samples, by: attack), samples, .crossEntropy)
      #expect(zip(previous, losses).allSatisfy { $0 <= $1 })
      previous = losses
    }
  }

  @Test("A NaN loss is the worst, and no later restart hides it")
  func notANumber() throws {
    // The model breaks where the first pixel is above the middle: some starts are there, some are not.
    let model = ToyClassifier(
      batch: 12, imageElements: 4, outputCount: 2,
      scores: { [$0[0] > 0.5 ? .nan : 1, $0[1]] }, pullBack: { image, _ in image.map { _ in 0 } })
    let samples = (0..<12).map { Sample(image: [0.5, 0.5, 0.5, 0.5], label: $0 % 2, index: UInt32($0)) }
    let threat = ThreatModel(norm: .linf, epsilon: 0.5)

    let kept = try model.attacked(samples, by: RandomNoise(threat: threat, restarts: 8))

    var broken = samples.map { _ in false }
    for restart in 0..<8 {
      let noise = try model.attackedOnce(samples, by: RandomNoise(threat: threat), restart: restart)
      for row in samples.indices where noise[row][0] > 0.5 { broken[row] = true }
    }
    #expect(zip(kept, broken).allSatisfy { ($0[0] > 0.5) == $1 })
    #expect(broken.count { $0 } > 6)
  }
}
