/// The one binary tree in which the gradients of micro-batches 0 ..< leaves are added.
///
/// A node over several leaves splits at the largest power of two below their number, so the tree depends on the
/// number of leaves only. Floating-point addition commutes but does not associate: as long as every sum is
/// bracketed as this tree says, nobody's share of the work changes a bit of the result.
public struct ReductionTree: Equatable, Sendable {
  /// The number of leaves.
  public let leaves: Int

  /// Creates the tree over `leaves` leaves.
  public init(leaves: Int) {
    precondition(leaves > 0, "a tree without leaves")
    self.leaves = leaves
  }

  /// The node of all leaves.
  public var root: Range<Int> { 0..<leaves }

  /// The two children of a node of more than one leaf.
  public static func children(of node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
    precondition(node.count > 1, "a leaf has no children")
    let split = node.lowerBound + 1 << (Int.bitWidth - 1 - (node.count - 1).leadingZeroBitCount)
    return (node.lowerBound..<split, split..<node.upperBound)
  }

  /// The largest nodes that make up `range`, in order: what a rank that owns it adds up by itself.
  public func cover(_ range: Range<Int>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    collect(root, in: range, into: &found)
    return found
  }

  private func collect(_ node: Range<Int>, in range: Range<Int>, into found: inout [Range<Int>]) {
    if !node.overlaps(range) { return }
    if node.clamped(to: range) == node {
      found.append(node)
      return
    }
    let (left, right) = Self.children(of: node)
    collect(left, in: range, into: &found)
    collect(right, in: range, into: &found)
  }

  /// The node that `node` is a child of, below `ancestor`; nil where it is `ancestor` itself.
  public static func parent(of node: Range<Int>, below ancestor: Range<Int>) -> Range<Int>? {
    var current = ancestor
    while current != node {
      let (left, right) = children(of: current)
      if left == node || right == node { return current }
      current = left.contains(node.lowerBound) ? left : right
    }
    return nil
  }
}
