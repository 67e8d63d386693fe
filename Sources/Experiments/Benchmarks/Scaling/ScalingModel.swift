import DataParallel
import Foundation

/// A model of the time T that a training step takes on P ranks.
///
///     T(P) = s (m k(P) + f) + r(P),   k(P) = ceil(ceil(M / P) / threads)
///
/// M micro-batches are dealt out whole, so the busiest thread has k of them, which take m seconds each; f is what no
/// rank saves (the update, starting threads); r is the reduction (`ReductionModel`). s is 1 where every thread has a
/// core, and otherwise threads by cores, as measured around the step; the reduction waits along with the rest.
package struct ScalingModel: Equatable, Sendable {
  /// Seconds of one thread for one micro-batch: m.
  package let microbatchSeconds: Double
  /// Seconds of a step besides: f.
  package let fixedSeconds: Double
  /// The threads of a rank.
  package let threads: Int
  /// The size of a gradient.
  package let gradientBytes: Double
  /// The reduction as it was when the steps were measured; nil on one rank only.
  package let local: ReductionModel?
  /// The reduction by messages; nil where there was none.
  package let exchange: ReductionModel?

  /// A measured step.
  package struct Point: Equatable, Sendable {
    /// The ranks.
    package let ranks: Int
    /// The micro-batches of the batch.
    package let microbatches: Int
    /// The median time of a step.
    package let seconds: Double
    /// Threads by cores that they got, at least 1.
    package let slowdown: Double

    /// Creates a point.
    package init(ranks: Int, microbatches: Int, seconds: Double, slowdown: Double = 1) {
      self.ranks = ranks
      self.microbatches = microbatches
      self.seconds = seconds
      self.slowdown = slowdown
    }
  }

  /// Fits a model to measured steps, with reductions known.
  package init(
    _ points: [Point], threads: Int, gradientBytes: Double, local: ReductionModel?,
    exchange: ReductionModel?
  ) {
    let rows = points.map { point in
      let reduction = Self.reduction(point, local, gradientBytes)
      return NonnegativeFit.Row(
        point.slowdown * Double(Self.load(point.microbatches, ranks: point.ranks, threads: threads)),
        point.slowdown, value: point.seconds - point.slowdown * reduction, scale: point.seconds)
    }
    let fit = NonnegativeFit(rows)
    microbatchSeconds = fit.first
    fixedSeconds = fit.second
    self.threads = threads
    self.gradientBytes = gradientBytes
    self.local = local
    self.exchange = exchange
  }

  /// The micro-batches of the busiest thread: k.
  package static func load(_ microbatches: Int, ranks: Int, threads: Int) -> Int {
    Shard.rounds(microbatches: microbatches, threads: [Int](repeating: threads, count: ranks))
  }

  /// The seconds of a step under the conditions of a measured one.
  package func seconds(_ point: Point) -> Double {
    point.slowdown
      * (compute(point.microbatches, ranks: point.ranks) + Self.reduction(point, local, gradientBytes))
  }

  /// The seconds of a step on hosts with a core for every thread, behind a network.
  ///
  /// What the network takes comes on top of what messages cost on this machine, and all ranks of a host share its
  /// link.
  package func seconds(
    ranks: Int, microbatches: Int, ranksPerHost: Int, network: ScalingNetwork
  ) -> Double {
    let hosts = (ranks + ranksPerHost - 1) / ranksPerHost
    var seconds = compute(microbatches, ranks: ranks)
    let neighbours = min(ranks, ranksPerHost)
    if neighbours > 1 {
      let nodes = ReductionModel.nodes(groups: ranks, microbatches: microbatches)
      seconds += local?.seconds(ranks: neighbours, nodes: nodes, bytes: gradientBytes) ?? 0
    }
    if hosts > 1, var exchange {
      exchange.latency += network.latency
      // Ranks of a host send their parts of the gradient at the same time: the link carries all of it.
      exchange.secondsPerByte += 8 / network.bitsPerSecond
      let nodes = ReductionModel.nodes(groups: hosts, microbatches: microbatches)
      seconds += exchange.seconds(ranks: hosts, nodes: nodes, bytes: gradientBytes)
    }
    return seconds
  }

  private func compute(_ microbatches: Int, ranks: Int) -> Double {
    microbatchSeconds * Double(Self.load(microbatches, ranks: ranks, threads: threads)) + fixedSeconds
  }

  private static func reduction(_ point: Point, _ model: ReductionModel?, _ bytes: Double) -> Double {
    let nodes = ReductionModel.nodes(groups: point.ranks, microbatches: point.microbatches)
    return model?.seconds(ranks: point.ranks, nodes: nodes, bytes: bytes) ?? 0
  }
}

/// A network between hosts.
package struct ScalingNetwork: Encodable, Equatable, Sendable {
  /// Seconds until a message without contents has arrived.
  package let latency: Double
  /// What a host can send in a second.
  package let bitsPerSecond: Double

  /// Creates a network.
  ///
  /// - Parameters:
  ///   - microseconds: The latency of a message.
  ///   - gigabits: The bandwidth of a host in Gbit/s.
  package init(microseconds: Double, gigabits: Double) {
    latency = microseconds * 1e-6
    bitsPerSecond = gigabits * 1e9
  }

  /// As it is named in tables.
  var text: String { String(format: "%g us, %g Gbit/s", latency * 1e6, bitsPerSecond * 1e-9) }

  enum CodingKeys: String, CodingKey {
    case latency = "latency_seconds"
    case bitsPerSecond = "bits_per_second"
  }
}
