import Kernels

/// Adds several buffers up, bracketed as the reduction tree says, in one pass over memory.
///
/// Goes through the buffers in pieces that stay in the first-level cache, partial sums too: each buffer is read
/// once, whatever their number, and the sum is written once.
struct TreeSum: Sendable {
  /// One addition.
  ///
  /// Operands below `inputs` are buffers, those from there on are partial sums.
  private struct Addition {
    let left: Int
    let right: Int
    let sum: Int
  }

  /// The floats of a piece.
  private static let piece = 4096

  private let inputs: Int
  private var additions: [Addition] = []
  private var partialSums = 0

  /// The sum over `root` from the sums of `nodes`, which make it up, in order.
  init(of nodes: [Range<Int>], root: Range<Int>) {
    precondition(!nodes.isEmpty, "a sum of nothing")
    inputs = nodes.count
    var next = 0
    _ = append(root, nodes, &next, depth: 0)
    precondition(next == nodes.count, "\(nodes) do not make up \(root)")
  }

  private mutating func append(
    _ node: Range<Int>, _ nodes: [Range<Int>], _ next: inout Int, depth: Int
  ) -> Int {
    if next < nodes.count, nodes[next] == node {
      next += 1
      return next - 1
    }
    let (left, right) = ReductionTree.children(of: node)
    // The left operand's partial sum, if it is one, takes the right one in.
    let addition = Addition(
      left: append(left, nodes, &next, depth: depth),
      right: append(right, nodes, &next, depth: depth + 1), sum: inputs + depth)
    additions.append(addition)
    partialSums = max(partialSums, depth + 1)
    return addition.sum
  }

  /// Writes `scale` times the sum of `count` floats from each of `sources` to all `destinations`.
  ///
  /// A destination may be one of the sources; otherwise none overlap.
  func run(
    _ sources: [UnsafeMutablePointer<Float>], into destinations: [UnsafeMutablePointer<Float>], count: Int,
    scale: Float = 1
  ) {
    precondition(sources.count == inputs, "\(sources.count) buffers for a sum of \(inputs)")
    let passes = Passes.selected
    withUnsafeTemporaryAllocation(
      byteCount: max(partialSums, 1) * Self.piece * MemoryLayout<Float>.stride, alignment: 64
    ) { scratch in
      let partial = scratch.bindMemory(to: Float.self)
      for start in stride(from: 0, to: count, by: Self.piece) {
        let length = min(Self.piece, count - start)
        let sum = destinations[0] + start
        func operand(_ index: Int) -> UnsafeMutablePointer<Float>? {
          index < inputs
            ? sources[index] + start : partial.baseAddress.map { $0 + (index - inputs) * Self.piece }
        }
        if additions.isEmpty, sources[0] != destinations[0] {
          sum.update(from: sources[0] + start, count: length)
        }
        for (number, addition) in additions.enumerated() {
          let isLast = number == additions.count - 1
          guard let left = operand(addition.left), let right = operand(addition.right),
            let target = isLast ? sum : operand(addition.sum)
          else { continue }
          // Adding commutes, so the sum may take either operand's place.
          if target == left {
            passes.add(left, right, length)
          } else if target == right {
            passes.add(right, left, length)
          } else {
            passes.sum(left, right, into: target, length)
          }
        }
        if scale != 1 { passes.scale(sum, by: scale, length) }
        for other in destinations.dropFirst() { (other + start).update(from: sum, count: length) }
      }
    }
  }
}
