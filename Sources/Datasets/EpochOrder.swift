import Tensors

/// The order in which one epoch visits the training samples.
///
/// A pure function of (seed, epoch, samples): any rank computes the whole of it, and training resumes at any
/// batch without replaying the ones before.
public struct EpochOrder: Equatable, Sendable {
  /// Every position once, in the order of the visit.
  public let positions: [Int]

  /// Shuffles `positions` for an epoch.
  public init(shuffling positions: some Sequence<Int>, seed: UInt64, epoch: UInt64) {
    let positions = Array(positions)
    var random = RandomStream(RandomIdentity(seed: seed, purpose: .shuffle, step: epoch))
    self.positions = random.permutation(of: positions.count).map { positions[Int($0)] }
  }

  /// The number of batches of at most `size` samples; the last may be smaller.
  public func batchCount(size: Int) -> Int {
    precondition(size > 0, "a batch needs a sample")
    return (positions.count + size - 1) / size
  }

  /// The samples of batch `index`.
  ///
  /// - Precondition: `index` is below `batchCount(size:)`.
  public func batch(_ index: Int, size: Int) -> ArraySlice<Int> {
    precondition(index >= 0 && index < batchCount(size: size), "there is no batch \(index) of \(size)")
    return positions[index * size..<min((index + 1) * size, positions.count)]
  }
}
