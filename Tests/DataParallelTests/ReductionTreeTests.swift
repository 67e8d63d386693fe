import DataParallel
import Testing

@Suite("The reduction tree")
struct ReductionTreeTests {
  @Test("Shards are contiguous and cover every micro-batch once", arguments: [1, 2, 5, 8, 13, 64], 1...9)
  func shards(microbatches: Int, ranks: Int) {
    let all = (0..<ranks).flatMap { Array(Shard(rank: $0, of: ranks, microbatches: microbatches).range) }
    #expect(all == Array(0..<microbatches))
  }

  @Test("The nodes of all ranks tile the leaves, and all are nodes of the tree", arguments: 1...40, 1...9)
  func covers(leaves: Int, ranks: Int) {
    let tree = ReductionTree(leaves: leaves)
    let nodes = (0..<ranks).flatMap { tree.cover(Shard(rank: $0, of: ranks, microbatches: leaves).range) }
    #expect(nodes.flatMap { Array($0) } == Array(0..<leaves))
    for node in nodes {
      #expect(node == tree.root || ReductionTree.parent(of: node, below: tree.root) != nil)
    }
  }

  @Test("A node splits at the largest power of two below its size")
  func splits() {
    #expect(ReductionTree.children(of: 0..<2) == (0..<1, 1..<2))
    #expect(ReductionTree.children(of: 0..<7) == (0..<4, 4..<7))
    #expect(ReductionTree.children(of: 4..<7) == (4..<6, 6..<7))
    #expect(ReductionTree.children(of: 0..<8) == (0..<4, 4..<8))
  }
}
