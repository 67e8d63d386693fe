import DataParallel
import Synchronization
import Testing

@Suite("The worker pool")
struct WorkerPoolTests {
  private struct Failure: Error, Equatable {
    let item: Int
  }

  @Test("Every item is done exactly once, by a worker of the pool", arguments: [1, 2, 5], [0, 1, 3, 200])
  func everyItemOnce(workers: Int, items: Int) throws {
    let pool = WorkerPool(workers: workers)
    defer { pool.stop() }
    let done = Mutex<[Int]>([])
    let seen = Mutex<Set<Int>>([])

    try pool.run(items: items) { worker, item in
      done.withLock { $0.append(item) }
      seen.withLock { _ = $0.insert(worker) }
    }

    #expect(done.withLock { $0.sorted() } == Array(0..<items))
    #expect(seen.withLock { $0.isSubset(of: Set(0..<workers)) })
  }

  @Test("A pool is used again and again, and no round touches another's items")
  func rounds() throws {
    let pool = WorkerPool(workers: 3)
    defer { pool.stop() }
    let total = Atomic<Int>(0)

    for round in 1...300 {
      try pool.run(items: round % 7) { _, item in total.add(item + 1, ordering: .relaxed) }
    }

    let expected = (1...300).reduce(0) { $0 + ($1 % 7) * ($1 % 7 + 1) / 2 }
    #expect(total.load(ordering: .relaxed) == expected)
  }

  @Test("One worker is the calling thread and takes items in order")
  func single() throws {
    let pool = WorkerPool(workers: 1)
    let order = Mutex<[Int]>([])

    try pool.run(items: 20) { worker, item in
      order.withLock { $0.append(worker == 0 ? item : -1) }
    }

    #expect(order.withLock { $0 } == Array(0..<20))
  }

  @Test("No item is done by two workers at once with the same number")
  func exclusiveWorkers() throws {
    let pool = WorkerPool(workers: 4)
    defer { pool.stop() }
    let busy = Mutex<Set<Int>>([])
    let clashes = Atomic<Int>(0)

    try pool.run(items: 500) { worker, _ in
      if !busy.withLock({ $0.insert(worker).inserted }) { clashes.add(1, ordering: .relaxed) }
      for _ in 0..<100 { _ = busy.withLock { $0.count } }
      busy.withLock { _ = $0.remove(worker) }
    }

    #expect(clashes.load(ordering: .relaxed) == 0)
  }

  @Test(
    "The error of the lowest failing item is thrown, no item follows, and the pool goes on",
    arguments: [1, 4])
  func failure(workers: Int) throws {
    let pool = WorkerPool(workers: workers)
    defer { pool.stop() }
    let done = Mutex<Set<Int>>([])

    for _ in 0..<50 {
      done.withLock { $0.removeAll() }
      #expect(throws: Failure(item: 3)) {
        try pool.run(items: 1000) { _, item in
          done.withLock { _ = $0.insert(item) }
          // All items from 3 on fail: whatever the threads do, 3 is the lowest that failed.
          if item >= 3 { throw Failure(item: item) }
        }
      }
      // Each worker may have taken one item before it knew.
      #expect(done.withLock { $0.count } <= 3 + workers)
      #expect(done.withLock { $0.isSuperset(of: 0...3) })
    }
    try pool.run(items: 3) { _, _ in }
  }
}
