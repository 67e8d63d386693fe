import Attacks
import Tensors
import Testing

@Suite("Projections on a hyperplane within the box")
struct HyperplaneProjectionTests {
  /// The step from a point, and the length that came with it.
  private func step(
    _ norm: Norm, from point: [Float], _ weights: [Float], excess: Double, box: Bool = true
  ) -> (step: [Float], length: Double) {
    let projection = HyperplaneProjection(
      ThreatModel(norm: norm, epsilon: 1, box: box), imageElements: point.count)
    var step = [Float](repeating: .nan, count: point.count)
    let length = projection.step(from: point, normal: weights, excess: excess, into: &step)
    return (step, length)
  }

  private func length(_ step: [Float], _ norm: Norm) -> Double {
    switch norm {
    case .linf: Double(step.map(abs).max() ?? 0)
    case .l2: step.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    case .l1: step.reduce(0) { $0 + abs(Double($1)) }
    }
  }

  @Test(
    "The step reaches the plane, stays in the box and is as short as any", arguments: Norm.allCases,
    [1, 2, 7, 8, 9, 31, 784])
  func shortest(norm: Norm, elements: Int) throws {
    var random = stream(UInt32(300 + elements))
    var reached = 0
    for trial in 0..<(elements > 100 ? 8 : 60) {
      let point = makeSamples(1, elements: elements, classes: 2, stream: UInt32(trial))[0].image
      var weights = (0..<elements).map { _ in random.symmetric() }
      // Dead pixels, and equal weights, as networks have them.
      for j in weights.indices where j % 5 == 3 { weights[j] = j % 2 == 0 ? 0 : 0.25 }
      // From barely off the plane to nearly, or quite, out of reach.
      let range = weights.reduce(0) { $0 + Double(abs($1)) }
      let excess = range * Double(random.symmetric()) * [1e-4, 0.02, 0.3, 0.7][trial % 4]

      let found = step(norm, from: point, weights, excess: excess)

      let after = zip(point, found.step).map { $0 + $1 }
      #expect(after.allSatisfy { $0 >= -1e-7 && $0 <= 1 + 1e-7 })
      #expect(abs(found.length - length(found.step, norm)) <= 1e-6 * found.length)
      let change = zip(weights, found.step).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      guard
        let shortest = LinearDistance(norm: norm, box: true)(
          weights.map(Double.init), excess: excess, clean: point)
      else {
        // Out of reach: every pixel that counts goes as far as it can.
        for j in weights.indices where weights[j] != 0 {
          let isFalling = (weights[j] > 0) == (excess > 0)
          #expect(after[j] == (isFalling ? 0 : 1) || abs(after[j] - (isFalling ? 0 : 1)) < 1e-7)
        }
        continue
      }
      reached += 1
      #expect(abs(change + excess) <= 1e-6 * range)
      #expect(abs(found.length - shortest) <= 2e-6 * (1 + shortest))
      // Of the equally short steps in linf the published one moves every pixel as far as it can.
      guard norm == .linf else { continue }
      for j in weights.indices {
        let isFalling = (weights[j] > 0) == (excess > 0)
        let room = weights[j] == 0 ? 0 : isFalling ? point[j] : 1 - point[j]
        #expect(abs(abs(found.step[j]) - min(Float(shortest), room)) < 1e-5)
      }
    }
    #expect(reached > 3)
  }

  @Test("Without a box the distance is |excess| over the dual norm", arguments: Norm.allCases)
  func unbounded(norm: Norm) {
    let weights: [Float] = [0.5, -2, 0, 1, 0.25, -0.5, 1.5, 0.125, -1, 0.75]
    let point: [Float] = [0, 1, 0.5, 3, -2, 0, 0, 1, 1, 0.5]
    for excess in [-30.0, -0.1, 0.2, 7] {
      let found = step(norm, from: point, weights, excess: excess, box: false)

      let slope = LinearInnerMaximum(norm).dualNorm(weights.map(Double.init))
      #expect(abs(found.length - abs(excess) / slope) < 1e-6 * abs(excess))
      let change = zip(weights, found.step).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(change + excess) < 1e-5 * abs(excess))
    }
  }

  @Test(
    "A point on the plane stays, and so does any point where the weights say nothing",
    arguments: Norm.allCases)
  func degenerate(norm: Norm) {
    let point: [Float] = [0, 0.5, 1, 0.25, 0.75]
    let cases: [(weights: [Float], excess: Double)] = [
      ([1, -1, 2, 0, 0.5], 0), ([0, 0, 0, 0, 0], 1), ([0, -0.0, 0, 0, 0], -1), ([0, 0, 0, 0, 0], 0),
      ([1, .nan, 1, 1, 1], 0.1), ([1, .infinity, 1, 1, 1], 0.1), ([1, 1, 1, 1, 1], .nan),
      ([1, 1, 1, 1, 1], .infinity),
    ]
    for (weights, excess) in cases {
      let found = step(norm, from: point, weights, excess: excess)

      #expect(found.step.allSatisfy { $0 == 0 }, "\(weights) \(excess)")
      #expect(found.length == 0)
    }
  }

  @Test(
    "Pixels at the edge of the box do not move outwards, and others make up for them",
    arguments: Norm.allCases)
  func corners(norm: Norm) {
    // Falling: the first pixel cannot fall any more, the second cannot rise.
    let found = step(norm, from: [0, 1, 0.5, 0.5], [4, -4, 1, -1], excess: 0.5)

    #expect(found.step[0] == 0 && found.step[1] == 0)
    #expect(abs(found.step[2] - found.step[3] + 0.5) < 1e-6)
    #expect(step(norm, from: [0, 1, 0], [1, -1, 2], excess: 0.5).step.allSatisfy { $0 == 0 })
    #expect(step(norm, from: [0, 1, 0], [1, -1, 2], excess: -9).step == [1, -1, 1])
  }

  @Test("Weights may be as small or as large as float32 goes", arguments: Norm.allCases)
  func scales(norm: Norm) {
    let weights: [Float] = [1, -0.5, 0.25, 2, -1, 0.5, 1.25, -2, 1]
    let point: [Float] = [0.5, 0.1, 0.9, 0.5, 0, 1, 0.3, 0.7, 0.6]
    let expected = step(norm, from: point, weights, excess: 0.5)
    for scale in [Float(0x1p-130), 0x1p-60, 0x1p100] {
      let found = step(norm, from: point, weights.map { $0 * scale }, excess: 0.5 * Double(scale))

      #expect(abs(found.length - expected.length) < 1e-5)
      #expect(zip(found.step, expected.step).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }
}
