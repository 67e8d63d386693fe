/// The contiguous run of micro-batches that one rank computes.
///
/// A function of rank and counts alone; every micro-batch belongs to exactly one rank, and with more ranks than
/// micro-batches some ranks have none.
public struct Shard: Equatable, Sendable {
  /// The indices of the micro-batches.
  public let range: Range<Int>

  /// The shard of `rank` among `ranks` for `microbatches` micro-batches.
  public init(rank: Int, of ranks: Int, microbatches: Int) {
    precondition(rank >= 0 && rank < ranks, "rank \(rank) of \(ranks)")
    range = rank * microbatches / ranks..<(rank + 1) * microbatches / ranks
  }

  /// How many micro-batches the busiest thread of all ranks computes one behind the other.
  ///
  /// - Parameters:
  ///   - microbatches: the micro-batches of all ranks.
  ///   - threads: the threads of each rank, each of which computes one micro-batch at a time.
  public static func rounds(microbatches: Int, threads: [Int]) -> Int {
    let rounds = threads.indices.map { rank in
      let share = Shard(rank: rank, of: threads.count, microbatches: microbatches).range.count
      return (share + threads[rank] - 1) / threads[rank]
    }
    return rounds.max() ?? 0
  }
}

/// A global batch cut into micro-batches of fixed size; the last one may hold fewer samples.
public struct MicrobatchPlan: Equatable, Sendable {
  /// The number of samples.
  public let samples: Int
  /// The size of a micro-batch.
  public let microbatch: Int

  /// Cuts `samples` samples into micro-batches.
  public init(samples: Int, microbatch: Int) {
    precondition(samples >= 0 && microbatch > 0, "\(samples) samples in micro-batches of \(microbatch)")
    self.samples = samples
    self.microbatch = microbatch
  }

  /// The number of micro-batches.
  public var count: Int { (samples + microbatch - 1) / microbatch }

  /// How many samples take as long as these: a part of a micro-batch takes as long as a whole one, and ranks wait for
  /// the one with the most to do.
  ///
  /// - Parameter threads: the threads of each rank.
  public func capacity(threads: [Int]) -> Int {
    // Ranks get equal shares, also where one has fewer threads than the others.
    let most = Shard.rounds(microbatches: count, threads: threads) * (threads.min() ?? 0)
    return most * threads.count * microbatch
  }

  /// The samples of one micro-batch, as positions in the batch.
  public func samples(of index: Int) -> Range<Int> {
    index * microbatch..<min((index + 1) * microbatch, samples)
  }
}
