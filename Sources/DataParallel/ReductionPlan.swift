import MessagePassing

/// Who adds up what: a function of the number of micro-batches, of the ranks and of their groups.
///
/// Every rank of a group finishes one part of the gradient's elements for its group, and the peers with the same
/// part share it out in slices, one for each group.
struct ReductionPlan {
  /// A node of the tree, and where its sum is: a rank and the number of its sum there.
  struct Source {
    let node: Range<Int>
    let rank: Int
    let slot: Int
  }

  /// A node that a group makes up, and what its ranks bring to it.
  struct GroupNode {
    let node: Range<Int>
    let sources: [Source]
    let sum: TreeSum
  }

  /// The nodes each rank adds up.
  let nodesOfRank: [[Range<Int>]]
  /// The largest number of nodes of a rank, at least one.
  let slots: Int
  /// The nodes of each group of ranks.
  let nodesOfGroup: [[GroupNode]]
  /// The tree over the nodes of all groups.
  let finalSum: TreeSum
  /// The elements that each rank of a group finishes.
  let parts: BlockLayout

  init(leaves: Int, ranks: Int, groupSize: Int, elements: Int) {
    let tree = ReductionTree(leaves: leaves)
    let shards = (0..<ranks).map { Shard(rank: $0, of: ranks, microbatches: leaves).range }
    let nodesOfRank = shards.map(tree.cover)
    self.nodesOfRank = nodesOfRank
    slots = max(nodesOfRank.map(\.count).max() ?? 1, 1)
    nodesOfGroup = stride(from: 0, to: ranks, by: groupSize).map { first in
      let sources = (first..<first + groupSize).flatMap { rank in
        nodesOfRank[rank].enumerated().map { Source(node: $1, rank: rank, slot: $0) }
      }
      let run = shards[first].lowerBound..<shards[first + groupSize - 1].upperBound
      return tree.cover(run).map { node in
        let own = sources.filter { node.contains($0.node.lowerBound) }
        return GroupNode(node: node, sources: own, sum: TreeSum(of: own.map(\.node), root: node))
      }
    }
    finalSum = TreeSum(of: nodesOfGroup.flatMap { $0.map(\.node) }, root: tree.root)
    parts = Self.cut(elements, into: groupSize)
  }

  /// Blocks of nearly equal size, which begin at whole cache lines.
  static func cut(_ elements: Int, into blocks: Int) -> BlockLayout {
    let lines = elements / 16
    let bounds = (0...blocks).map { $0 == blocks ? elements : $0 * lines / blocks * 16 }
    return BlockLayout(counts: (0..<blocks).map { bounds[$0 + 1] - bounds[$0] })
  }
}
