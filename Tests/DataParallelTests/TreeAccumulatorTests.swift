import DataParallel
import Tensors
import Testing

@Suite("The tree accumulator")
struct TreeAccumulatorTests {
  private let layout = ParameterLayout([(name: "w", shape: [3, 7]), (name: "b", shape: [5])])

  /// Gradients whose sum depends on the order of additions.
  private func gradient(_ leaf: Int) -> [Float] {
    var random = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic, sample: UInt32(leaf)))
    return (0..<layout.count).map { _ in
      let magnitude = Float(1 << Int(random.index(below: 20)))
      return random.symmetric() * magnitude
    }
  }

  private func naiveSum(_ node: Range<Int>) -> [Float] {
    if node.count == 1 { return gradient(node.lowerBound) }
    let (left, right) = ReductionTree.children(of: node)
    return zip(naiveSum(left), naiveSum(right)).map { $0 + $1 }
  }

  private func add(_ leaf: Int, to accumulator: TreeAccumulator) {
    let buffer = accumulator.takeBuffer(for: leaf)
    buffer.pointer.update(from: gradient(leaf), count: layout.count)
    accumulator.add(buffer, leaf: leaf)
  }

  /// The goals of a rank, with sums full of what must not stay.
  private func goals(_ shard: Range<Int>, leaves: Int) -> [TreeAccumulator.Goal] {
    ReductionTree(leaves: leaves).cover(shard).map { node in
      let sum = ParameterArena(layout)
      sum.storage.elements.update(repeating: .nan)
      return (node, sum)
    }
  }

  private func values(_ arena: ParameterArena) -> [UInt32] {
    arena.storage.elements.map(\.bitPattern)
  }

  @Test(
    "The sum is the tree's, bit for bit, whatever the order of arrival",
    arguments: [1, 2, 3, 7, 8, 9, 13, 67])
  func anyOrder(leaves: Int) {
    let accumulator = TreeAccumulator(layout)
    let expected = naiveSum(0..<leaves).map(\.bitPattern)
    var random = RandomStream(RandomIdentity(seed: 2, purpose: .synthetic))
    for _ in 0..<20 {
      // The same accumulator again: buffers come back with old contents.
      let goals = goals(0..<leaves, leaves: leaves)
      accumulator.begin(goals)
      for leaf in random.permutation(of: leaves) { add(Int(leaf), to: accumulator) }
      accumulator.finish()

      #expect(values(goals[0].sum) == expected)
    }
  }

  @Test("The gradients' sum does depend on the bracketing, so the tests above can fail")
  func orderMatters() {
    let sequential = (1..<13).reduce(gradient(0)) { sum, leaf in zip(sum, gradient(leaf)).map { $0 + $1 } }

    #expect(sequential != naiveSum(0..<13))
  }

  @Test("Every number of gradients up to a hundred is added as the tree says")
  func allCounts() {
    let layout = ParameterLayout([(name: "w", shape: [1])])
    let accumulator = TreeAccumulator(layout)
    for leaves in 1...100 {
      let sum = ParameterArena(layout)
      accumulator.begin([(0..<leaves, sum)])
      for leaf in 0..<leaves {
        let buffer = accumulator.takeBuffer(for: leaf)
        buffer.pointer.update(repeating: gradient(leaf)[0], count: layout.count)
        accumulator.add(buffer, leaf: leaf)
      }
      accumulator.finish()

      #expect(sum.pointer[0].bitPattern == naiveSum(0..<leaves)[0].bitPattern)
    }
  }

  @Test("A rank's part is the sums of the largest nodes it owns", arguments: 2...5)
  func shards(ranks: Int) {
    for leaves in [5, 11, 16, 50] {
      for rank in 0..<ranks {
        let accumulator = TreeAccumulator(layout)
        let shard = Shard(rank: rank, of: ranks, microbatches: leaves).range
        let goals = goals(shard, leaves: leaves)
        accumulator.begin(goals)
        for leaf in shard.reversed() { add(leaf, to: accumulator) }
        accumulator.finish()

        for (node, sum) in goals { #expect(values(sum) == naiveSum(node).map(\.bitPattern)) }
      }
    }
  }

  @Test("Threads that deliver at the same time change no bit")
  func threads() throws {
    let pool = WorkerPool(workers: 4)
    defer { pool.stop() }
    let accumulator = TreeAccumulator(layout)
    let expected = naiveSum(0..<64).map(\.bitPattern)
    for _ in 0..<30 {
      let goals = goals(0..<64, leaves: 64)
      accumulator.begin(goals)
      try pool.run(items: 64) { _, leaf in add(leaf, to: accumulator) }
      accumulator.finish()
      #expect(values(goals[0].sum) == expected)
    }
  }

  @Test("A thread holds a gradient for each level of the tree, however many micro-batches a batch has")
  func memory() {
    for leaves in [1, 2, 8, 64, 500] {
      let accumulator = TreeAccumulator(layout)
      accumulator.begin(goals(0..<leaves, leaves: leaves))
      var buffers: Set<ObjectIdentifier> = []
      var kept: [ParameterArena] = []
      for leaf in 0..<leaves {
        let buffer = accumulator.takeBuffer(for: leaf)
        if buffers.insert(ObjectIdentifier(buffer)).inserted { kept.append(buffer) }
        buffer.pointer.update(from: gradient(leaf), count: layout.count)
        accumulator.add(buffer, leaf: leaf)
      }
      accumulator.finish()
      let levels = Int.bitWidth - (leaves - 1).leadingZeroBitCount
      #expect(kept.count <= levels + 1, "\(leaves) micro-batches")
    }
  }

  @Test("A batch that was given up leaves nothing behind")
  func abandoned() {
    let accumulator = TreeAccumulator(layout)
    accumulator.begin(goals(0..<8, leaves: 8))
    for leaf in [1, 4, 6] { add(leaf, to: accumulator) }

    let goals = goals(0..<3, leaves: 3)
    accumulator.begin(goals)
    for leaf in 0..<3 { add(leaf, to: accumulator) }
    accumulator.finish()

    #expect(values(goals[0].sum) == naiveSum(0..<3).map(\.bitPattern))
  }
}
