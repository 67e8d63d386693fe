import Dispatch
import Synchronization

/// Writes in the background, one at a time.
///
/// The caller hands over a closure with everything it needs and goes on; before the next one it waits for
/// the one in flight. No error is lost: the next `submit` or `finish` throws it.
public final class BackgroundWriter: Sendable {
  private let queue = DispatchQueue(label: "holdfast.background-writer")
  private let failure = Mutex<(any Error)?>(nil)

  /// Creates a writer with nothing in flight.
  public init() {}

  /// Waits for the write in flight, then starts `write` on another thread and returns.
  ///
  /// - Throws: the error of the previous write; `write` is not started then.
  public func submit(_ write: @escaping @Sendable () throws -> Void) throws {
    try finish()
    queue.async { [self] in
      do {
        try write()
      } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits for the write in flight.
  ///
  /// To be called before the process ends: a write that nobody waits for dies with it.
  ///
  /// - Throws: the error of that write, once.
  public func finish() throws {
    queue.sync {}
    let error = failure.withLock { stored in
      defer { stored = nil }
      return stored
    }
    if let error { throw error }
  }
}
