import Foundation
import Kernels

/// The threads of a rank: each takes whole micro-batches, one after the other, and runs single-threaded kernels.
///
/// The calling thread is worker 0, so one thread means no other thread at all. The other threads keep the pool
/// alive until `stop`.
public final class WorkerPool: @unchecked Sendable {
  /// What a worker does with one item: its own number, and the item's.
  public typealias Work = @Sendable (_ worker: Int, _ item: Int) throws -> Void

  /// The number of workers.
  public let workers: Int

  private let condition = NSCondition()
  private var work: Work?
  private var items = 0
  private var nextItem = 0
  private var busy = 0
  private var round = 0
  private var failure: (item: Int, error: any Error)?
  private var isStopped = false

  /// Starts `workers` - 1 threads.
  public init(workers: Int) {
    precondition(workers > 0, "a pool of \(workers) workers")
    self.workers = workers
    for worker in 1..<workers {
      let thread = Thread { self.serve(as: worker) }
      thread.name = "holdfast-\(worker)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Ends the other threads; the pool cannot be used afterwards.
  public func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }

  /// Does `work` for every item in `0..<items`, handed out in order, and waits for the end.
  ///
  /// - Throws: The error of the lowest item that failed; no further items are handed out after a failure.
  public func run(items: Int, _ work: @escaping Work) throws {
    OneDNN.useOneThread()
    condition.withLock {
      self.work = work
      self.items = items
      nextItem = 0
      self.failure = nil
      busy = workers
      round += 1
      condition.broadcast()
    }
    takeItems(as: 0, work)
    let failure = condition.withLock {
      while busy > 0 { condition.wait() }
      self.work = nil
      return self.failure
    }
    if let failure { throw failure.error }
  }

  private func takeItems(as worker: Int, _ work: Work) {
    while let item = takeItem() {
      do {
        try work(worker, item)
      } catch {
        condition.withLock {
          if failure.map({ item < $0.item }) ?? true { failure = (item, error) }
        }
      }
    }
    condition.withLock {
      busy -= 1
      if busy == 0 { condition.broadcast() }
    }
  }

  private func takeItem() -> Int? {
    condition.withLock {
      guard nextItem < items, failure == nil else { return nil }
      defer { nextItem += 1 }
      return nextItem
    }
  }

  private func serve(as worker: Int) {
    OneDNN.useOneThread()
    var served = 0
    while let job = waitForJob(after: &served) { takeItems(as: worker, job) }
  }

  private func waitForJob(after served: inout Int) -> Work? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped && round == served { condition.wait() }
    served = round
    return isStopped ? nil : work
  }
}
