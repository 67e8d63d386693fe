import Evaluation
import Testing

@Suite("Samples are spread evenly, in full micro-batches")
struct SampleSpreadTests {
  @Test("Every sample belongs to one rank, whatever the numbers")
  func partition() {
    for samples in [0, 1, 5, 8, 9, 63, 64, 65, 203, 1000] {
      for microbatch in [1, 4, 8, 32] {
        for ranks in 1...7 {
          let spread = SampleSpread(samples: samples, microbatch: microbatch, ranks: ranks)

          #expect((0..<ranks).flatMap { Array(spread.range(of: $0)) } == Array(0..<samples))
        }
      }
    }
  }

  @Test("Micro-batches are full but for the last, and shares differ by one of them at most")
  func even() {
    for (samples, ranks) in [(203, 1), (203, 2), (203, 3), (64, 3), (7, 4), (801, 5)] {
      let spread = SampleSpread(samples: samples, microbatch: 8, ranks: ranks)
      let ranges = (0..<ranks).map(spread.range)

      #expect(ranges.allSatisfy { $0.lowerBound % 8 == 0 || $0.isEmpty })
      #expect(ranges.allSatisfy { $0.count % 8 == 0 || $0.upperBound == samples })
      let counts = ranges.map { ($0.count + 7) / 8 }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
      #expect(counts.reduce(0, +) == (samples + 7) / 8)
    }
  }

  @Test("Ranks that are not to work have nothing")
  func rootOnly() {
    let spread = SampleSpread(samples: 20, microbatch: 8, ranks: 1)

    #expect(spread.range(of: 0) == 0..<20)
    #expect(spread.range(of: 1).isEmpty)
    #expect(spread.range(of: 5).isEmpty)
  }
}
