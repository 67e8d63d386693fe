import DataParallel

/// What adding gradients up costs: a part for each message, and a part for each byte.
package struct ReductionModel: Equatable, Sendable {
  /// How gradients get from rank to rank.
  package enum Path: String, Codable, Sendable {
    /// Memory that all ranks share: barriers of ceil(log2 P) rounds, and every rank reads and writes the gradient once.
    case shared
    /// An all-to-all of slices and an all-gather of sums, counted as if either sent its P - 1 messages one after the
    /// other, as pairwise exchange and ring do. That is the dearest way; libraries know others for small messages.
    case exchange

    /// Reads what `bench step` and `bench allreduce` print; nil for a path of one rank or of several hosts.
    package init?(_ description: String) {
      switch description {
      case ReductionPath.shared(hosts: 1).description: self = .shared
      case ReductionPath.exchange.description: self = .exchange
      default: return nil
      }
    }
  }

  /// How gradients get from rank to rank.
  package let path: Path
  /// Seconds for each message, one after the other.
  package var latency: Double
  /// Seconds for each byte that a rank sends.
  package var secondsPerByte: Double

  /// Creates a model.
  package init(_ path: Path, latency: Double, secondsPerByte: Double) {
    self.path = path
    self.latency = latency
    self.secondsPerByte = secondsPerByte
  }

  /// The messages that a rank sends one after the other.
  package static func messages(_ path: Path, ranks: Int) -> Double {
    switch path {
    case .shared: Double(Int.bitWidth - (ranks - 1).leadingZeroBitCount)
    case .exchange: Double(2 * (ranks - 1))
    }
  }

  /// The bytes that a rank sends, or with shared memory reads and writes.
  ///
  /// - Parameters:
  ///   - nodes: The sums that a rank brings: more than one where its micro-batches are no complete subtree.
  ///   - bytes: The size of a gradient.
  package static func traffic(_ path: Path, ranks: Int, nodes: Int, bytes: Double) -> Double {
    guard ranks > 1 else { return 0 }
    switch path {
    case .shared: return Double(1 + nodes) * bytes
    case .exchange: return Double(1 + nodes) * bytes * Double(ranks - 1) / Double(ranks)
    }
  }

  /// The seconds of one reduction.
  package func seconds(ranks: Int, nodes: Int, bytes: Double) -> Double {
    guard ranks > 1 else { return 0 }
    return latency * Self.messages(path, ranks: ranks)
      + secondsPerByte * Self.traffic(path, ranks: ranks, nodes: nodes, bytes: bytes)
  }

  /// Fits a model to measured reductions, each of one node a rank; nil where there is none of this path.
  package init?(_ path: Path, fitting points: [ReductionPoint]) {
    let rows = points.filter { $0.path == path && $0.ranks > 1 }.map { point in
      NonnegativeFit.Row(
        Self.messages(path, ranks: point.ranks),
        Self.traffic(path, ranks: point.ranks, nodes: 1, bytes: point.bytes), value: point.seconds)
    }
    guard !rows.isEmpty else { return nil }
    let fit = NonnegativeFit(rows)
    self.init(path, latency: fit.first, secondsPerByte: fit.second)
  }

  /// The most sums that a rank, or the ranks of a host, brings to the tree.
  package static func nodes(groups: Int, microbatches: Int) -> Int {
    let tree = ReductionTree(leaves: microbatches)
    let counts = (0..<groups).map {
      tree.cover(Shard(rank: $0, of: groups, microbatches: microbatches).range).count
    }
    return max(counts.max() ?? 1, 1)
  }
}

/// A measured reduction.
package struct ReductionPoint: Encodable, Equatable, Sendable {
  /// How gradients got from rank to rank.
  package let path: ReductionModel.Path
  /// The ranks.
  package let ranks: Int
  /// The size of the gradient.
  package let bytes: Double
  /// The median time.
  package let seconds: Double
  /// Whether threads had to share CPUs.
  package let isCrowded: Bool

  /// Creates a point.
  package init(path: ReductionModel.Path, ranks: Int, bytes: Double, seconds: Double, isCrowded: Bool = false)
  {
    self.path = path
    self.ranks = ranks
    self.bytes = bytes
    self.seconds = seconds
    self.isCrowded = isCrowded
  }

  enum CodingKeys: String, CodingKey {
    case path, ranks, bytes, seconds
    case isCrowded = "crowded"
  }
}
