import DataParallel
import Evaluation
import Testing

@Suite("Threads take several micro-batches at a time, and as many as each other")
struct PackedPlanTests {
  @Test("Every sample is taken once, in order, whatever the numbers")
  func partition() {
    for samples in [0, 1, 4, 5, 31, 32, 33, 200] {
      for workers in 1...4 {
        for most in [1, 2, 4] {
          let plan = PackedPlan(MicrobatchPlan(samples: samples, microbatch: 4), workers: workers, most: most)
          let ranges = (0..<plan.count).map(plan.samples)

          #expect(ranges.flatMap { Array($0) } == Array(0..<samples))
          #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= 4 * most && $0.lowerBound % 4 == 0 })
          #expect(plan.isPacked == ranges.contains { $0.count > 4 })
        }
      }
    }
  }

  @Test("Micro-batches are shared out over the threads as evenly as one by one")
  func even() {
    for (microbatches, workers) in [(19, 2), (3, 2), (8, 2), (9, 2), (17, 4), (1, 3)] {
      let plan = PackedPlan(
        MicrobatchPlan(samples: 4 * microbatches, microbatch: 4), workers: workers, most: 4)
      let counts = (0..<plan.count).map { plan.microbatches(of: $0).count }

      #expect(counts.reduce(0, +) == microbatches)
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
      #expect(plan.count % workers == 0 || plan.count == microbatches)
    }
  }
}
