import Attacks
import Foundation
import Networks
import Testing

@Suite("Auto-PGD against a plain Double implementation of its own")
struct AutoDescentReferenceTests {
  private let elements = 12
  private let wavy = WavyScores(classes: 5, elements: 12)

  private func value(_ loss: LossFunction, _ scores: [Double]) -> Double {
    if loss == .crossEntropy {
      // log(1 + sum over k of exp(z_k - z_0)), exact for confident samples.
      return Foundation.log1p(scores.dropFirst().reduce(0) { $0 + Foundation.exp($1 - scores[0]) })
    }
    let sorted = scores.sorted(by: >)
    return -(scores[0] - (scores.dropFirst().max() ?? 0)) / (sorted[0] - sorted[2] + 1e-12)
  }

  /// The gradient by the scores: of the ratio by the quotient rule, since its kinks spoil differences.
  private func slope(_ loss: LossFunction, _ scores: [Double]) -> [Double] {
    if loss == .differenceOfLogitsRatio {
      let order = scores.indices.sorted { scores[$0] > scores[$1] }
      let rival = order[0] == 0 ? order[1] : order[0]
      let margin = scores[0] - scores[rival]
      let spread = scores[order[0]] - scores[order[2]] + 1e-12
      let unit = { (k: Int, place: Int) in k == place ? 1.0 : 0.0 }
      return scores.indices.map { k in
        let ofMargin = unit(k, 0) - unit(k, rival)
        let ofSpread = unit(k, order[0]) - unit(k, order[2])
        return (margin * ofSpread - ofMargin * spread) / (spread * spread)
      }
    }
    return scores.indices.map { k in
      var (above, below) = (scores, scores)
      above[k] += 1e-5
      below[k] -= 1e-5
      return (value(loss, above) - value(loss, below)) / 2e-5
    }
  }

  private func rounded(_ scores: [Double]) -> [Double] { scores.map { Double(Float($0)) } }

  @Test(
    "Every iterate follows from those before it, for 100 steps", arguments: Norm.allCases,
    [LossFunction.crossEntropy, .differenceOfLogitsRatio])
  func iterates(norm: Norm, loss: LossFunction) throws {
    let threat = ThreatModel(norm: norm, epsilon: norm == .linf ? 0.2 : norm == .l2 ? 0.6 : 1.2)
    let samples = makeSamples(6, elements: elements, classes: 1)
    let model = wavy.classifier(batch: 6)
    var attack = AutoProjectedGradientDescent(threat: threat, loss: loss)
    attack.shrinksRadius = false

    let results = try model.attackedOnce(samples, by: attack, restart: 0)

    try #require(model.seen.count == 101)
    var compared = 0
    var halvings = (oscillating: 0, stuck: 0)
    for (row, sample) in samples.enumerated() {
      let iterates = model.seen.map { $0[row * elements..<(row + 1) * elements].map(Double.init) }
      var naive = NaiveAutoDescent(
        threat: threat, clean: sample.image.map(Double.init), steps: 100,
        loss: { value(loss, rounded(wavy.scores($0))) },
        gradient: { wavy.pullBack($0, slope(loss, rounded(wavy.scores($0)))) })
      for step in 0..<100 {
        naive.visit(iterates[step])
        let (expected, clearance) = naive.next()
        // A sign or an order within rounding of a tie may fall either way.
        guard clearance > 1e-4 else { continue }
        compared += 1
        let error = zip(iterates[step + 1], expected).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 1e-5, "sample \(row), step \(step)")
      }
      naive.visit(iterates[100])
      halvings.oscillating += naive.halvings.oscillating
      halvings.stuck += naive.halvings.stuck
      #expect(naive.losses.max() == value(loss, rounded(wavy.scores(results[row].map(Double.init)))))
      #expect(norm == .l1 || (naive.stepSizes.last ?? 1) < 0.3 * naive.stepSizes[0])
    }
    #expect(compared > 550)
    if norm != .l1 { #expect(halvings.oscillating > 6) }
  }

  @Test(
    "In balls that shrink, each search starts at the best iterate of the one before and with its sparsity",
    arguments: [LossFunction.crossEntropy, .differenceOfLogitsRatio])
  func shrinkingBalls(loss: LossFunction) throws {
    let threat = ThreatModel(norm: .l1, epsilon: 0.7)
    let samples = makeSamples(6, elements: elements, classes: 1)
    let model = wavy.classifier(batch: 6)

    let results = try model.attackedOnce(
      samples, by: AutoProjectedGradientDescent(threat: threat, loss: loss), restart: 0)

    try #require(model.seen.count == 31 + 31 + 41)
    var compared = 0
    for (row, sample) in samples.enumerated() {
      let iterates = model.seen.map { $0[row * elements..<(row + 1) * elements].map(Double.init) }
      var first = 0
      var best: [Double]?
      for (multiple, steps) in [(Float(3), 30), (2, 30), (1, 40)] {
        var naive = NaiveAutoDescent(
          threat: ThreatModel(norm: .l1, epsilon: multiple * 0.7), clean: sample.image.map(Double.init),
          steps: steps, startsSparse: true,
          loss: { value(loss, rounded(wavy.scores($0))) },
          gradient: { wavy.pullBack($0, slope(loss, rounded(wavy.scores($0)))) })
        if let best {
          let error = zip(iterates[first], naive.project(best)).map { abs($0 - $1) }.max() ?? 1
          #expect(error < 1e-6, "sample \(row), start of \(multiple) epsilon")
        }
        for step in 0..<steps {
          naive.visit(iterates[first + step])
          let (expected, clearance) = naive.next()
          guard clearance > 1e-4 else { continue }
          compared += 1
          let error = zip(iterates[first + step + 1], expected).map { abs($0 - $1) }.max() ?? 1
          #expect(error < 1e-5, "sample \(row), step \(step) of \(multiple) epsilon")
        }
        naive.visit(iterates[first + steps])
        best = naive.bestImage
        first += steps + 1
      }
      #expect(results[row].map(Double.init) == best)
    }
    #expect(compared > 500)
  }

  @Test("Starts touch the surface of linf and l2 balls; l1 starts are projected normal noise")
  func starts() throws {
    let samples = (0..<20).map {
      Sample(image: Array(repeating: 0.5, count: elements), label: 0, index: UInt32($0))
    }
    for norm in Norm.allCases {
      let threat = ThreatModel(norm: norm, epsilon: 0.3)
      let model = wavy.classifier(batch: 20)
      var attack = AutoProjectedGradientDescent(threat: threat, steps: 1)
      attack.shrinksRadius = false
      _ = try model.attackedOnce(samples, by: attack, restart: 0)
      let starts = samples.indices.map { Array(model.seen[0][$0 * elements..<($0 + 1) * elements]) }

      for (start, sample) in zip(starts, samples) {
        let distance = threat.distance(sample.image, start, count: elements)
        #expect(abs(distance - 0.3) < 1e-5)
        let changed = zip(start, sample.image).count { $0 != $1 }
        #expect(norm == .l1 ? changed < elements / 2 : changed == elements)
      }
      #expect(Set(starts.map { $0[0] > 0.5 }).count == 2 || norm == .l1)
      // Of a short l1 start often a single pixel is left.
      #expect(norm == .l1 ? Set(starts).count > 10 : Set(starts).count == 20)
    }
  }
}
