/// How many micro-batches go between two chunks: as many as take about so many seconds.
///
/// Chunks change no verdict. A stage begins with a micro-batch for each thread, whose time tells the rest.
package struct ChunkPace: Equatable, Sendable {
  /// The seconds that a chunk should take.
  package let seconds: Double
  /// The threads of all ranks that work.
  package let workers: Int
  /// The micro-batches of the next chunk.
  package private(set) var microbatches: Int
  private var stage = 0

  /// Creates the pace of an attack that begins.
  package init(seconds: Double, workers: Int) {
    self.seconds = seconds
    self.workers = max(workers, 1)
    microbatches = self.workers
  }

  /// Takes note of a chunk.
  ///
  /// - Parameter packed: The micro-batches that a thread would like to have at a time; for these a chunk may take three
  ///   times as long.
  package mutating func didDecide(microbatches count: Int, in elapsed: Double, packed: Int = 1) {
    // A short chunk says nothing of a long one: grow by steps.
    let factor = min(seconds / max(elapsed, 1e-3), 16)
    let rounds = Double(count) * factor / Double(workers)
    let wanted = max(rounds, min(3 * rounds, Double(packed)))
    microbatches = workers * max(Int(min(wanted, 1e6).rounded(.down)), 1)
  }

  /// Takes note of the stage that comes next: another attack takes another time.
  package mutating func enter(stage: Int) {
    if stage != self.stage { microbatches = workers }
    self.stage = stage
  }
}
