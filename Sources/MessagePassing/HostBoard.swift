internal import Synchronization

/// Numbers that the ranks of a host show each other at any time, without a message.
///
/// Each rank has a row that it alone writes and all ranks of its host read; what is read may be old by an instant,
/// so it is for watching, not for computing. Unlike messages it can be used by any thread, and by a rank whose peers
/// no longer answer. Where ranks share no memory, each has a board of its own.
public final class HostBoard: Sendable {
  /// The ranks of this host, as numbered in the communicator the board was made for, ascending.
  public let ranks: [Int]
  /// The place of this rank in ``ranks``.
  public let place: Int

  /// A number for each column of each row, and behind them one that the first taker takes.
  private struct Rows: @unchecked Sendable {
    let rows: [UnsafeMutablePointer<Atomic<Int>>]
    /// Keeps the memory.
    let owner: SharedBlocks<Int>?
  }

  private let storage: Rows
  private let columns: Int

  /// Makes a board of zeros; all ranks of `communicator` call.
  ///
  /// - Parameters:
  ///   - columns: The numbers in each row.
  ///   - communicator: The ranks, of any number of hosts.
  public init(columns: Int, on communicator: Communicator) throws(MPIError) {
    let host = try communicator.splitByHost()
    self.columns = columns
    switch try SharedBlocks<Int>.allocate(count: columns + 1, on: host) {
    case .success(let blocks):
      ranks = try host.allGather(communicator.rank)
      place = host.rank
      storage = Rows(
        rows: blocks.blocks.map {
          UnsafeMutableRawPointer($0).bindMemory(to: Atomic<Int>.self, capacity: columns + 1)
        }, owner: blocks)
    case .failure:
      ranks = [communicator.rank]
      place = 0
      // Lives as long as the process: whoever watches may do so to the end.
      let row = UnsafeMutablePointer<Int>.allocate(capacity: columns + 1)
      row.initialize(repeating: 0, count: columns + 1)
      storage = Rows(
        rows: [UnsafeMutableRawPointer(row).bindMemory(to: Atomic<Int>.self, capacity: columns + 1)],
        owner: nil)
    }
  }

  /// Writes a number of this rank's row.
  public func show(_ value: Int, in column: Int) {
    storage.rows[place][check(column)].store(value, ordering: .releasing)
  }

  /// Adds to a number of this rank's row.
  public func add(_ value: Int, in column: Int) {
    storage.rows[place][check(column)].add(value, ordering: .releasing)
  }

  /// Reads a number of the row of the rank at a place in ``ranks``.
  public func read(_ column: Int, at place: Int) -> Int {
    storage.rows[place][check(column)].load(ordering: .acquiring)
  }

  /// Whether this rank is the first of its host that asks.
  public func claim() -> Bool {
    storage.rows[0][columns].compareExchange(
      expected: 0, desired: 1, ordering: .sequentiallyConsistent
    ).exchanged
  }

  private func check(_ column: Int) -> Int {
    precondition(0 <= column && column < columns, "column \(column) of \(columns)")
    return column
  }
}
