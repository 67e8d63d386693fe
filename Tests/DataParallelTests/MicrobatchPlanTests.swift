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
}
