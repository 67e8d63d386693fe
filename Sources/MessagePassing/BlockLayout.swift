/// Where in a buffer the block of each rank lies: the counts and displacements of MPI's "v" collectives.
///
/// Made once and used for every call, with the counts already converted and checked.
public struct BlockLayout: Sendable, Equatable {
  /// Elements in the block of each rank.
  let counts: [CInt]
  /// The offset of the block of each rank, in elements.
  let displacements: [CInt]
  /// The number of elements a buffer needs for all blocks to lie inside it.
  public let extent: Int

  /// Blocks that follow each other without gaps, in the order of the ranks.
  ///
  /// - Parameter counts: the elements of each rank's block; zero is allowed.
  public init(counts: [Int]) {
    var displacements: [Int] = []
    var end = 0
    for count in counts {
      displacements.append(end)
      end += count
    }
    self.init(counts: counts, displacements: displacements)
  }

  /// Blocks at given places.
  ///
  /// - Parameters:
  ///   - counts: the elements of each rank's block; zero is allowed.
  ///   - displacements: the offset of each block from the buffer's start, in elements.
  /// - Precondition: one displacement for each count, and none of them negative.
  public init(counts: [Int], displacements: [Int]) {
    precondition(counts.count == displacements.count, "a block has one count and one displacement")
    precondition(counts.allSatisfy { $0 >= 0 } && displacements.allSatisfy { $0 >= 0 }, "negative block")
    self.counts = counts.map { mpiCount($0, of: BlockLayout.self) }
    self.displacements = displacements.map { mpiCount($0, of: BlockLayout.self) }
    extent = zip(counts, displacements).map { $0 == 0 ? 0 : $0 + $1 }.max() ?? 0
  }

  /// The number of blocks, one for each rank.
  public var blocks: Int { counts.count }

  /// The elements of one rank's block, as a range of the buffer.
  public func range(of rank: Int) -> Range<Int> {
    let start = Int(displacements[rank])
    return start..<start + Int(counts[rank])
  }

  /// Stops the program unless the layout has a block for each of `ranks` and lies inside `count` elements.
  func requireFits(ranks: Int, count: Int) {
    precondition(blocks == ranks, "\(blocks) blocks for \(ranks) ranks")
    precondition(extent <= count, "blocks reach to element \(extent) of a buffer of \(count)")
  }
}
