import Experiments
import Testing

@Suite("The model of scaling")
struct ScalingModelTests {
  @Test("A fit finds the coefficients that made the numbers")
  func fit() {
    let inputs = [(1.0, 1.0), (2, 1), (4, 1), (8, 3)]

    let fit = NonnegativeFit(inputs.map { .init($0, $1, value: 3 * $0 + 0.25 * $1) })

    #expect(abs(fit.first - 3) < 1e-9)
    #expect(abs(fit.second - 0.25) < 1e-9)
  }

  @Test(
    "A fit whose best line has a negative coefficient lies on the edge, at the best of it",
    arguments: [[1.0, 2, 4.5], [3.0, 2, 1.5]])
  func edge(values: [Double]) {
    let inputs = [1.0, 2, 3]
    let rows = zip(inputs, values).map { NonnegativeFit.Row($0, 1, value: $1) }
    func squares(_ first: Double, _ second: Double) -> Double {
      rows.reduce(0) { sum, row in
        let error = (first * row.first + second * row.second) / row.scale - 1
        return sum + error * error
      }
    }

    let fit = NonnegativeFit(rows)

    #expect(fit.first >= 0 && fit.second >= 0)
    let best = squares(fit.first, fit.second)
    for first in stride(from: 0.0, through: 3, by: 0.01) {
      for second in stride(from: 0.0, through: 3, by: 0.05) {
        #expect(squares(first, second) >= best - 1e-12)
      }
    }
  }

  @Test("Equations that are multiples of one determine one coefficient")
  func parallel() {
    let fit = NonnegativeFit([.init(1, 2, value: 5), .init(2, 4, value: 10)])

    #expect(abs(fit.first - 5) < 1e-9)
    #expect(fit.second == 0)
  }

  @Test(
    "The busiest thread has what is left over",
    arguments: [(8, 1, 1, 8), (8, 3, 1, 3), (8, 3, 2, 2), (8, 16, 1, 1), (9, 2, 4, 2), (1, 1, 4, 1)])
  func load(microbatches: Int, ranks: Int, threads: Int, load: Int) {
    #expect(ScalingModel.load(microbatches, ranks: ranks, threads: threads) == load)
  }

  @Test("Ranks whose micro-batches are no subtree bring several sums")
  func nodes() {
    // 8 leaves on 3 ranks: 0 1 | 2 3 4 | 5 6 7, of which [2 3] [4] and [5] [6 7] are nodes.
    #expect(ReductionModel.nodes(groups: 3, microbatches: 8) == 2)
    #expect(ReductionModel.nodes(groups: 4, microbatches: 8) == 1)
    #expect(ReductionModel.nodes(groups: 64, microbatches: 8) == 1)
  }

  /// 13 MB: 1 us a message, 1 GB/s.
  private let messages = ReductionModel(.exchange, latency: 1e-6, secondsPerByte: 1e-9)
  private let bytes = 13e6

  @Test("A reduction costs messages and bytes, and nothing on one rank")
  func reduction() {
    #expect(messages.seconds(ranks: 1, nodes: 1, bytes: bytes) == 0)
    #expect(abs(messages.seconds(ranks: 2, nodes: 1, bytes: bytes) - (2e-6 + 13e-3)) < 1e-12)
    // Three of four quarters, there and back.
    #expect(abs(messages.seconds(ranks: 4, nodes: 1, bytes: bytes) - (6e-6 + 19.5e-3)) < 1e-12)
    // Twice the bytes there, once back.
    #expect(abs(messages.seconds(ranks: 4, nodes: 2, bytes: bytes) - (6e-6 + 29.25e-3)) < 1e-12)
    let shared = ReductionModel(.shared, latency: 1e-6, secondsPerByte: 1e-9)
    #expect(abs(shared.seconds(ranks: 5, nodes: 1, bytes: bytes) - (3e-6 + 26e-3)) < 1e-12)
  }

  @Test("Reductions of several sizes give latency and bandwidth back", arguments: [[2], [2, 4, 6]])
  func reductionFit(ranks: [Int]) throws {
    let points = ranks.flatMap { ranks in
      [bytes / 64, bytes / 8, bytes].map { size in
        ReductionPoint(
          path: .exchange, ranks: ranks, bytes: size,
          seconds: messages.seconds(ranks: ranks, nodes: 1, bytes: size))
      }
    }

    let fit = try #require(ReductionModel(.exchange, fitting: points))

    #expect(abs(fit.latency / messages.latency - 1) < 1e-6)
    #expect(abs(fit.secondsPerByte / messages.secondsPerByte - 1) < 1e-6)
    #expect(ReductionModel(.shared, fitting: points) == nil)
  }

  /// 10 ms for each micro-batch of 16 and 2 ms besides.
  private func model() -> ScalingModel {
    let truth = { (ranks: Int, microbatches: Int, slowdown: Double) in
      let nodes = ReductionModel.nodes(groups: ranks, microbatches: microbatches)
      let load = Double(ScalingModel.load(microbatches, ranks: ranks, threads: 1))
      let reduction = messages.seconds(ranks: ranks, nodes: nodes, bytes: bytes)
      return ScalingModel.Point(
        ranks: ranks, microbatches: microbatches, seconds: slowdown * (0.01 * load + 0.002 + reduction),
        slowdown: slowdown)
    }
    return ScalingModel(
      [truth(1, 16, 1), truth(2, 16, 1), truth(3, 16, 1), truth(2, 32, 1), truth(4, 16, 2)], threads: 1,
      gradientBytes: bytes, local: messages, exchange: messages)
  }

  @Test("Steps of known cost, some of them slowed down, give the model back")
  func stepFit() {
    let model = model()

    #expect(abs(model.microbatchSeconds - 0.01) < 1e-9)
    #expect(abs(model.fixedSeconds - 0.002) < 1e-9)
  }

  @Test("A step on one rank needs no network, and a slower network makes no step faster")
  func networks() {
    let model = model()
    let networks = [(2.0, 100.0), (10, 25), (50, 1)].map { ScalingNetwork(microseconds: $0, gigabits: $1) }

    let alone = networks.map { model.seconds(ranks: 1, microbatches: 16, ranksPerHost: 1, network: $0) }
    #expect(alone.allSatisfy { abs($0 - 0.162) < 1e-9 })
    for ranks in [2, 8, 64, 1024] {
      let seconds = networks.map {
        model.seconds(ranks: ranks, microbatches: 16, ranksPerHost: 1, network: $0)
      }
      #expect(seconds[0] < seconds[1] && seconds[1] < seconds[2])
    }
    // The link's own share: 16 ranks, one micro-batch each; 30 messages, and 15/16 of 13 MB there and back.
    let behindSlow = model.seconds(ranks: 16, microbatches: 16, ranksPerHost: 1, network: networks[2])
    #expect(abs(behindSlow - (0.012 + 30 * 51e-6 + 2 * 13e6 * 15 / 16 * (1e-9 + 8e-9))) < 1e-9)
  }

  @Test("Ranks of one host share its link and send fewer messages through it")
  func hosts() {
    let model = model()
    let network = ScalingNetwork(microseconds: 50, gigabits: 1)

    let seconds = model.seconds(ranks: 16, microbatches: 16, ranksPerHost: 4, network: network)

    let within = messages.seconds(ranks: 4, nodes: 1, bytes: bytes)
    #expect(abs(seconds - (0.012 + within + 6 * 51e-6 + 2 * 13e6 * 3 / 4 * 9e-9)) < 1e-9)
  }
}
