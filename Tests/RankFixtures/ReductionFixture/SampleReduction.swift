import DataParallel
import MessagePassing
import Tensors

/// Gradients whose sum depends on the order of additions, and their reduction on all ranks.
struct SampleReduction {
  /// More than one piece of what the cache holds, and fewer cache lines than ranks.
  static let layouts = [
    ParameterLayout([(name: "w", shape: [131, 67]), (name: "b", shape: [5])]),
    ParameterLayout([(name: "b", shape: [17])]),
  ]

  private let reducer: GradientReducer
  private let world: Communicator
  private let layout: ParameterLayout
  private let accumulator: TreeAccumulator

  init(_ reducer: GradientReducer, on world: Communicator) {
    self.reducer = reducer
    self.world = world
    layout = reducer.layout
    accumulator = TreeAccumulator(layout)
  }

  /// Adds up this rank's micro-batches and reduces.
  ///
  /// - Throws: Where the mean has other bits than that of the naive sum.
  func check(leaves: Int) throws {
    accumulator.begin(try reducer.begin(leaves: leaves))
    let shard = Shard(rank: world.rank, of: world.size, microbatches: leaves).range
    for leaf in shard.reversed() {
      let buffer = accumulator.takeBuffer(for: leaf)
      buffer.pointer.update(from: gradient(leaf), count: layout.count)
      accumulator.add(buffer, leaf: leaf)
    }
    accumulator.finish()
    let scale = 1 / Float(7 * leaves)
    try reducer.reduce(scaledBy: scale)

    let expected = naiveSum(0..<leaves).map { ($0 * scale).bitPattern }
    let sum = reducer.sum.storage.elements.map(\.bitPattern)
    guard let wrong = sum.indices.first(where: { sum[$0] != expected[$0] }) else { return }
    throw FixtureError(
      "\(reducer.path?.description ?? ""), \(leaves) micro-batches: element \(wrong) is "
        + "\(Float(bitPattern: sum[wrong])) instead of \(Float(bitPattern: expected[wrong]))")
  }

  private func gradient(_ leaf: Int) -> [Float] {
    var random = RandomStream(RandomIdentity(seed: 1, purpose: .synthetic, sample: UInt32(leaf)))
    return (0..<layout.count).map { _ in random.symmetric() * Float(1 << Int(random.index(below: 20))) }
  }

  private func naiveSum(_ node: Range<Int>) -> [Float] {
    if node.count == 1 { return gradient(node.lowerBound) }
    let (left, right) = ReductionTree.children(of: node)
    return zip(naiveSum(left), naiveSum(right)).map { $0 + $1 }
  }
}
