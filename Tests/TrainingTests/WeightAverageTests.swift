import Tensors
import Testing
import Training

@Suite("Averages of weights")
struct WeightAverageTests {
  private let layout = ParameterLayout([("a.weight", [3, 7]), ("a.bias", [5])])

  private func weights(_ step: Int) -> ParameterArena {
    let arena = ParameterArena(layout)
    var stream = RandomStream(
      RandomIdentity(seed: 3, purpose: .synthetic, step: UInt64(step)))
    for entry in layout.entries {
      for i in 0..<entry.count { arena.values(entry)[i] = stream.symmetric() }
    }
    return arena
  }

  private func values(_ arena: ParameterArena) -> [Double] {
    arena.namedTensors().flatMap(\.values).map(Double.init)
  }

  @Test("An exponential average starts with the first weights and forgets at its rate")
  func exponential() {
    let average = WeightAverage(weights(0))
    var expected = values(weights(0))
    #expect(values(average.weights) == expected)
    for step in 1...50 {
      average.add(weights(step), by: .exponential(decay: 0.9))
      expected = zip(expected, values(weights(step))).map { 0.9 * $0 + 0.1 * $1 }
      let error = zip(values(average.weights), expected).map { abs($0 - $1) }.max() ?? 1
      #expect(error < 1e-6)
    }
    #expect(average.count == 51)
  }

  @Test("A stochastic average is the mean of all weights")
  func stochastic() {
    let average = WeightAverage(weights(0))
    for step in 1..<40 { average.add(weights(step), by: .stochastic) }

    let all = (0..<40).map { values(weights($0)) }
    let means = all[0].indices.map { i in all.reduce(0) { $0 + $1[i] } / 40 }
    let error = zip(values(average.weights), means).map { abs($0 - $1) }.max() ?? 1
    #expect(error < 1e-6)
  }

  @Test("An average that goes on from a count goes on as if it had never stopped")
  func resumed() {
    let whole = WeightAverage(weights(0))
    for step in 1..<9 { whole.add(weights(step), by: .stochastic) }
    let first = WeightAverage(weights(0))
    for step in 1..<4 { first.add(weights(step), by: .stochastic) }
    let second = WeightAverage(first.weights, count: first.count)
    for step in 4..<9 { second.add(weights(step), by: .stochastic) }

    #expect(values(second.weights) == values(whole.weights))
  }
}
