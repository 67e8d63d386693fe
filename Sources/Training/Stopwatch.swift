import DataParallel
import Synchronization

/// Adds up the time that several threads spend in one phase.
final class Stopwatch: Sendable {
  private let nanoseconds = Atomic<Int>(0)

  /// The time so far, in seconds, added over the threads.
  var seconds: Double { Double(nanoseconds.load(ordering: .relaxed)) * 1e-9 }

  func measure<Value>(_ body: () throws -> Value) rethrows -> Value {
    let clock = ContinuousClock()
    let start = clock.now
    defer {
      nanoseconds.add(Int((clock.now - start).inSeconds * 1e9), ordering: .relaxed)
    }
    return try body()
  }
}
