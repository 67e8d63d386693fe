import Foundation
import Kernels
import Networks
public import Tensors

/// Adds up the gradients of a rank's micro-batches as the reduction tree says, in whatever order threads
/// deliver them.
///
/// Holds a gradient only until its sibling arrives: about one buffer for each thread and each level of the tree.
public final class TreeAccumulator: @unchecked Sendable {
  private let layout: ParameterLayout
  private let lock = NSLock()
  private var tree = ReductionTree(leaves: 1)
  private var goals: [Range<Int>] = []
  private var sums: [Range<Int>: ParameterArena] = [:]
  private var free: [ParameterArena] = []

  /// Creates an accumulator for gradients of this layout.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
  }

  /// Starts a new sum: the micro-batches `shard` of a batch of `leaves` micro-batches.
  public func begin(shard: Range<Int>, leaves: Int) {
    lock.withLock {
      free.append(contentsOf: sums.values)
      sums.removeAll(keepingCapacity: true)
      tree = ReductionTree(leaves: leaves)
      goals = tree.cover(shard)
    }
  }

  /// A gradient buffer to fill; given back by `add`.
  ///
  /// Its contents are arbitrary.
  public func takeBuffer() -> ParameterArena {
    lock.withLock { free.popLast() } ?? ParameterArena(layout)
  }

  /// Adds the gradient of one micro-batch, in a buffer from `takeBuffer`.
  public func add(_ gradient: ParameterArena, leaf: Int) {
    var node = leaf..<leaf + 1
    while let (parent, sibling) = claimSibling(of: node, carrying: gradient) {
      // Adding commutes, so it does not matter which of the two takes the other in.
      Passes.selected.add(gradient.pointer, sibling.pointer, gradient.count)
      lock.withLock { free.append(sibling) }
      node = parent
    }
  }

  /// The sibling's finished sum, if it is there; otherwise leaves `gradient` for the sibling to find.
  private func claimSibling(
    of node: Range<Int>, carrying gradient: ParameterArena
  ) -> (parent: Range<Int>, sibling: ParameterArena)? {
    lock.withLock {
      guard let goal = goals.first(where: { $0.contains(node.lowerBound) }) else {
        preconditionFailure("micro-batch \(node.lowerBound) is not of this rank")
      }
      guard let parent = ReductionTree.parent(of: node, below: goal) else {
        sums[node] = gradient
        return nil
      }
      let (left, right) = ReductionTree.children(of: parent)
      guard let sibling = sums.removeValue(forKey: node == right ? left : right) else {
        sums[node] = gradient
        return nil
      }
      return (parent, sibling)
    }
  }

  /// The finished sums of the largest nodes this rank owns, in the order of the tree.
  ///
  /// - Precondition: every micro-batch of the shard was added.
  public func finishedNodes() -> [(node: Range<Int>, sum: ParameterArena)] {
    lock.withLock {
      goals.map { goal in
        guard let sum = sums[goal] else {
          preconditionFailure("the sum of micro-batches \(goal) is incomplete")
        }
        return (goal, sum)
      }
    }
  }
}
