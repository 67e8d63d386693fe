import DataParallel

/// How a list of samples is spread over ranks: packed into full micro-batches, and these shared out evenly.
///
/// A function of three numbers: ranks that know the same list of survivors need no word to share it out anew.
public struct SampleSpread: Equatable, Sendable {
  /// The number of samples.
  public let samples: Int
  /// The size of a micro-batch.
  public let microbatch: Int
  /// The number of ranks that work, from rank 0 on.
  public let ranks: Int

  /// Spreads samples.
  public init(samples: Int, microbatch: Int, ranks: Int) {
    precondition(ranks > 0, "samples for \(ranks) ranks")
    self.samples = samples
    self.microbatch = microbatch
    self.ranks = ranks
  }

  /// The samples of a rank, as positions in the list: a contiguous run of micro-batches, of which the last in the list
  /// alone may be short.
  ///
  /// Shares differ by one micro-batch at most.
  public func range(of rank: Int) -> Range<Int> {
    guard rank < ranks else { return samples..<samples }
    let count = MicrobatchPlan(samples: samples, microbatch: microbatch).count
    let own = Shard(rank: rank, of: ranks, microbatches: count).range
    return min(own.lowerBound * microbatch, samples)..<min(own.upperBound * microbatch, samples)
  }
}
