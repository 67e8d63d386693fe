import DataParallel
import Testing

@Suite("The cut of a batch into micro-batches")
struct MicrobatchPlanTests {
  @Test(
    "Every sample is in one micro-batch; only the last is smaller", arguments: [0, 1, 15, 16, 17, 100],
    [1, 16, 200])
  func samples(count: Int, microbatch: Int) {
    let plan = MicrobatchPlan(samples: count, microbatch: microbatch)
    let parts = (0..<plan.count).map { plan.samples(of: $0) }

    #expect(parts.flatMap { Array($0) } == Array(0..<count))
    #expect(parts.dropLast().allSatisfy { $0.count == microbatch })
    #expect(parts.last.map { !$0.isEmpty && $0.count <= microbatch } ?? (count == 0))
  }

  @Test(
    "What takes as long is the largest batch that keeps no thread busier",
    arguments: [1, 15, 16, 17, 100, 113], [[1], [3], [1, 1], [2, 1], [2, 2, 2]])
  func capacity(count: Int, threads: [Int]) {
    func mostByThread(_ samples: Int) -> Int {
      let microbatches = MicrobatchPlan(samples: samples, microbatch: 16).count
      return threads.indices.map { rank in
        let share = Shard(rank: rank, of: threads.count, microbatches: microbatches).range.count
        return Int((Double(share) / Double(threads[rank])).rounded(.up))
      }.max() ?? 0
    }
    let capacity = MicrobatchPlan(samples: count, microbatch: 16).capacity(threads: threads)

    #expect(capacity >= count)
    #expect(mostByThread(capacity) == mostByThread(count))
    #expect(mostByThread(capacity + 1) > mostByThread(count))
  }
}
