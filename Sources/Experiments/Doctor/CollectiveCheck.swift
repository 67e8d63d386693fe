import DataParallel
import MessagePassing
import Tensors

/// Sums over all ranks whose results are known.
enum CollectiveCheck {
  /// Adds integers up, then gradients of small whole numbers, and looks at every element of both.
  ///
  /// Called on all ranks together.
  ///
  /// - Returns: Whether the sums are right on every rank.
  /// - Throws: `MPIError`.
  static func run(on communicator: Communicator) throws(MPIError) -> Bool {
    let integers = try communicator.allReduce(
      [Int](repeating: communicator.rank + 1, count: 100_000), .sum)
    let isRight = integers.allSatisfy { $0 == triangle(communicator.size) }
    let isGradientRight = try reduceGradients(on: communicator)
    return try communicator.allReduce(isRight && isGradientRight ? 1 : 0, .minimum) == 1
  }

  /// One gradient for each of two or three micro-batches a rank, element i of micro-batch m being m + i mod 8.
  private static func reduceGradients(on communicator: Communicator) throws(MPIError) -> Bool {
    let layout = ParameterLayout([("weight", [300, 167]), ("bias", [301])])
    let leaves = 2 * communicator.size + 1
    let accumulator = TreeAccumulator(layout)
    let shard = Shard(rank: communicator.rank, of: communicator.size, microbatches: leaves).range
    let reducer = GradientReducer(communicator, layout)
    accumulator.begin(try reducer.begin(leaves: leaves))
    for leaf in shard {
      let gradient = accumulator.takeBuffer(for: leaf)
      for index in 0..<gradient.count { gradient.pointer[index] = Float(leaf + index % 8) }
      accumulator.add(gradient, leaf: leaf)
    }
    accumulator.finish()
    try reducer.reduce()
    let sum = reducer.sum
    return (0..<sum.count).allSatisfy { index in
      sum.pointer[index] == Float(triangle(leaves - 1) + leaves * (index % 8))
    }
  }

  /// The sum of the integers up to n.
  private static func triangle(_ n: Int) -> Int { n * (n + 1) / 2 }
}
