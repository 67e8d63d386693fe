import Evaluation
import Testing

@Suite("Chunks take about as long as they should")
struct ChunkPaceTests {
  @Test("A stage begins with a micro-batch for each thread, and grows by what that took")
  func growth() {
    var pace = ChunkPace(seconds: 10, workers: 4)
    #expect(pace.microbatches == 4)

    pace.didDecide(microbatches: 4, in: 2)
    #expect(pace.microbatches == 20)

    pace.didDecide(microbatches: 20, in: 20)
    #expect(pace.microbatches == 8)
  }

  @Test("Never less than a micro-batch for each thread, nor sixteen times as much as before")
  func bounds() {
    var pace = ChunkPace(seconds: 10, workers: 3)
    pace.didDecide(microbatches: 3, in: 1000, packed: 4)
    #expect(pace.microbatches == 3)

    // A thread's share of several at a time is worth three times as long a chunk, and no more.
    pace.didDecide(microbatches: 3, in: 8, packed: 4)
    #expect(pace.microbatches == 9)
    pace.didDecide(microbatches: 3, in: 3, packed: 4)
    #expect(pace.microbatches == 12)
    pace.didDecide(microbatches: 3, in: 1000)
    #expect(pace.microbatches == 3)

    pace.didDecide(microbatches: 3, in: 0)
    #expect(pace.microbatches == 48)
  }

  @Test("Another attack takes another time")
  func stages() {
    var pace = ChunkPace(seconds: 10, workers: 2)
    pace.didDecide(microbatches: 2, in: 1)
    pace.enter(stage: 0)
    #expect(pace.microbatches == 20)

    pace.enter(stage: 1)
    #expect(pace.microbatches == 2)
  }
}
