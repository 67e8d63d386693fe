import Foundation
import Kernels
public import Tensors

/// Adds up the gradients of a rank's micro-batches as the reduction tree says, in whatever order threads
/// deliver them.
///
/// Holds a gradient only until its sibling arrives: about one buffer for each thread and each level of the tree.
/// The sum is where it has to be without a copy: its memory is lent to one of the micro-batches, and whatever is
/// added to that stays there.
///
/// Adding eight waiting gradients in one pass over memory touches less than half as much of it, but was measured to be
/// no faster on a busy machine, and holds more of them.
public final class TreeAccumulator: @unchecked Sendable {
  /// A node of the tree that this rank adds up, and where its sum goes.
  public typealias Goal = (node: Range<Int>, sum: ParameterArena)

  private let layout: ParameterLayout
  private let lock = NSLock()
  private var goals: [Goal] = []
  /// Whether the sum's memory of each goal is lent.
  private var isLent: [Bool] = []
  private var sums: [Range<Int>: ParameterArena] = [:]
  private var free: [ParameterArena] = []

  /// Creates an accumulator for gradients of this layout.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
  }

  /// Starts new sums; no two goals overlap, and each has memory of its own.
  public func begin(_ goals: [Goal]) {
    lock.withLock {
      // Left behind by a batch that was given up.
      free.append(contentsOf: sums.values.filter { !isOfGoal($0) })
      sums.removeAll(keepingCapacity: true)
      self.goals = goals
      isLent = Array(repeating: false, count: goals.count)
    }
  }

  /// A gradient buffer to fill; given back by `add`.
  ///
  /// Its contents are arbitrary.
  public func takeBuffer(for leaf: Int) -> ParameterArena {
    let known = lock.withLock { () -> ParameterArena? in
      let goal = goal(of: leaf)
      if isLent[goal] { return free.popLast() }
      isLent[goal] = true
      return goals[goal].sum
    }
    return known ?? ParameterArena(layout)
  }

  /// Adds the gradient of one micro-batch, in a buffer from `takeBuffer`.
  public func add(_ gradient: ParameterArena, leaf: Int) {
    var node = leaf..<leaf + 1
    var sum = gradient
    while let (parent, sibling, staysPut) = claimSibling(of: node, carrying: sum) {
      // Adding commutes, so it does not matter which of the two takes the other in.
      let (total, other) = staysPut ? (sibling, sum) : (sum, sibling)
      Passes.selected.add(total.pointer, other.pointer, layout.count)
      lock.withLock { free.append(other) }
      node = parent
      sum = total
    }
  }

  /// The sibling's finished sum, if it is there, and whether it is where the goal's has to be; otherwise leaves
  /// `sum` for the sibling to find.
  private func claimSibling(
    of node: Range<Int>, carrying sum: ParameterArena
  ) -> (parent: Range<Int>, sibling: ParameterArena, staysPut: Bool)? {
    lock.withLock {
      let goal = goals[goal(of: node.lowerBound)]
      guard let parent = ReductionTree.parent(of: node, below: goal.node) else {
        sums[node] = sum
        return nil
      }
      let (left, right) = ReductionTree.children(of: parent)
      guard let sibling = sums.removeValue(forKey: node == right ? left : right) else {
        sums[node] = sum
        return nil
      }
      return (parent, sibling, sibling === goal.sum)
    }
  }

  /// Checks that all goals are reached.
  ///
  /// - Precondition: every micro-batch of every goal was added.
  public func finish() {
    lock.withLock {
      for goal in goals where sums[goal.node] !== goal.sum {
        preconditionFailure("the sum of micro-batches \(goal.node) is incomplete")
      }
    }
  }

  private func goal(of leaf: Int) -> Int {
    guard let goal = goals.firstIndex(where: { $0.node.contains(leaf) }) else {
      preconditionFailure("micro-batch \(leaf) is not of this rank")
    }
    return goal
  }

  private func isOfGoal(_ sum: ParameterArena) -> Bool {
    goals.contains { $0.sum === sum }
  }
}
