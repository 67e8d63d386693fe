package import DataParallel

/// How the micro-batches of a rank are handed to its threads: some at a time, and as many times to each thread.
package struct PackedPlan: Equatable, Sendable {
  private let plan: MicrobatchPlan
  /// The times that a thread takes something.
  package let count: Int

  /// Plans for so many threads, of which each can take `most` micro-batches at a time.
  package init(_ plan: MicrobatchPlan, workers: Int, most: Int) {
    self.plan = plan
    let atOnce = workers * most
    let rounds = (plan.count + atOnce - 1) / atOnce
    count = most > 1 ? min(rounds * workers, plan.count) : plan.count
  }

  /// Whether a thread takes more than one micro-batch at a time.
  package var isPacked: Bool { count < plan.count }

  /// The micro-batches that are taken together.
  package func microbatches(of item: Int) -> Range<Int> {
    Shard(rank: item, of: count, microbatches: plan.count).range
  }

  /// The samples that are taken together.
  package func samples(of item: Int) -> Range<Int> {
    let range = microbatches(of: item)
    return range.lowerBound * plan.microbatch..<min(range.upperBound * plan.microbatch, plan.samples)
  }
}
