import Checkpoints
import Foundation
import Synchronization
import Testing

@Suite("Writing in the background")
struct BackgroundWriterTests {
  private struct Failure: Error, Equatable {
    var number: Int
  }

  @Test("Writes run one after another, in order, and finish waits for the last")
  func order() throws {
    let writer = BackgroundWriter()
    let log = Mutex<[Int]>([])
    for number in 0..<50 {
      try writer.submit {
        log.withLock { $0.append(number) }
        sched_yield()
        log.withLock { $0.append(number) }
      }
    }
    try writer.finish()

    #expect(log.withLock { $0 } == (0..<50).flatMap { [$0, $0] })
  }

  @Test("The caller goes on while a write is in flight")
  func concurrent() throws {
    let writer = BackgroundWriter()
    let gate = DispatchSemaphore(value: 0)
    let done = Mutex(false)
    try writer.submit {
      gate.wait()
      done.withLock { $0 = true }
    }
    #expect(!done.withLock { $0 })

    gate.signal()
    try writer.finish()
    #expect(done.withLock { $0 })
  }

  @Test("An error comes out of the next submit, once, and what was submitted there does not run")
  func errorAtSubmit() throws {
    let writer = BackgroundWriter()
    let ran = Mutex(false)
    try writer.submit { throw Failure(number: 1) }

    #expect(throws: Failure(number: 1)) { try writer.submit { ran.withLock { $0 = true } } }
    try writer.finish()
    #expect(!ran.withLock { $0 })
  }

  @Test("An error comes out of finish, once")
  func errorAtFinish() throws {
    let writer = BackgroundWriter()
    try writer.submit { throw Failure(number: 2) }

    #expect(throws: Failure(number: 2)) { try writer.finish() }
    try writer.finish()
  }
}
