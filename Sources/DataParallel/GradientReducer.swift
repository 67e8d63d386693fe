import Kernels
public import MessagePassing
public import Tensors

/// Adds the gradients of all ranks, with the same bits for any number of ranks.
///
/// Every rank brings the sums of the tree nodes it owns. An all-to-all hands slice b of every node to rank b,
/// which finishes the tree for its slice; an all-gather passes the slices round. Where a rank's run of
/// micro-batches is one node this moves exactly the bytes of a ring all-reduce.
public final class GradientReducer {
  private let communicator: Communicator
  private var received: AlignedBuffer<Float> = AlignedBuffer(count: 0)
  private var packed: AlignedBuffer<Float> = AlignedBuffer(count: 0)

  /// Creates a reducer over the ranks of `communicator`.
  public init(_ communicator: Communicator) {
    self.communicator = communicator
  }

  /// Replaces `result` on all ranks by the sum over all `leaves` micro-batches.
  ///
  /// - Parameters:
  ///   - own: The sums of the nodes this rank owns, from `TreeAccumulator.finishedNodes`.
  ///   - leaves: The micro-batches of the whole batch.
  ///   - result: Where the sum goes.
  /// - Throws: `MPIError`.
  public func reduce(
    _ own: [(node: Range<Int>, sum: ParameterArena)], leaves: Int, into result: ParameterArena
  ) throws(MPIError) {
    if communicator.size == 1 {
      result.copy(from: own[0].sum)
      return
    }
    let plan = ReductionPlan(leaves: leaves, ranks: communicator.size, elements: result.count)
    let slice = plan.slices.range(of: communicator.rank)
    let source = send(own, plan)
    let needed = plan.nodes.count * slice.count
    if received.count < needed { received = AlignedBuffer(count: needed) }
    let incoming = UnsafeMutableBufferPointer(start: received.pointer, count: needed)
    try communicator.allToAll(
      source, plan.sendLayout(rank: communicator.rank), into: incoming,
      BlockLayout(counts: plan.nodesOfRank.map { $0.count * slice.count }))
    if !slice.isEmpty {
      let sum = combine(plan, slice.count)
      (result.pointer + slice.lowerBound).update(from: sum, count: slice.count)
    }
    try communicator.allGather(inPlace: result.storage.elements, plan.slices)
  }

  /// What goes out: for each rank its slice of every node.
  ///
  /// One node needs no packing: its slices lie in order.
  private func send(
    _ own: [(node: Range<Int>, sum: ParameterArena)], _ plan: ReductionPlan
  ) -> UnsafeBufferPointer<Float> {
    if own.count == 1 { return UnsafeBufferPointer(own[0].sum.storage.elements) }
    let count = own.count * plan.elements
    if packed.count < count { packed = AlignedBuffer(count: count) }
    var end = packed.pointer
    for rank in 0..<communicator.size {
      let slice = plan.slices.range(of: rank)
      for (_, sum) in own {
        end.update(from: sum.pointer + slice.lowerBound, count: slice.count)
        end += slice.count
      }
    }
    return UnsafeBufferPointer(start: packed.pointer, count: count)
  }

  /// Finishes the tree for this rank's slice; the sum ends up in the place of the first node.
  private func combine(_ plan: ReductionPlan, _ count: Int) -> UnsafeMutablePointer<Float> {
    var next = 0
    func sum(_ node: Range<Int>) -> UnsafeMutablePointer<Float> {
      if plan.nodes[next] == node {
        defer { next += 1 }
        return received.pointer + next * count
      }
      let (left, right) = ReductionTree.children(of: node)
      let total = sum(left)
      Passes.selected.add(total, sum(right), count)
      return total
    }
    return sum(0..<plan.leaves)
  }
}

/// Who owns which nodes, and which slice of the gradient each rank finishes.
private struct ReductionPlan {
  let leaves: Int
  let elements: Int
  let nodesOfRank: [[Range<Int>]]
  let slices: BlockLayout

  init(leaves: Int, ranks: Int, elements: Int) {
    self.leaves = leaves
    self.elements = elements
    let tree = ReductionTree(leaves: leaves)
    nodesOfRank = (0..<ranks).map {
      tree.cover(Shard(rank: $0, of: ranks, microbatches: leaves).range)
    }
    // Slices begin at whole cache lines.
    let lines = elements / 16
    let bounds = (0...ranks).map { $0 == ranks ? elements : $0 * lines / ranks * 16 }
    slices = BlockLayout(counts: (0..<ranks).map { bounds[$0 + 1] - bounds[$0] })
  }

  /// All nodes in the order of ranks, which is the order of the tree.
  var nodes: [Range<Int>] { nodesOfRank.flatMap { $0 } }

  func sendLayout(rank: Int) -> BlockLayout {
    BlockLayout(counts: nodesOfRank.indices.map { slices.range(of: $0).count * nodesOfRank[rank].count })
  }
}
