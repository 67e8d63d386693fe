import Checkpoints
import DataParallel
import Foundation
import MessagePassing
import Tensors

extension Learner {
  /// Checks that all ranks hold the same weights and the same average of them, bit by bit; all of them call.
  ///
  /// Replicas never exchange weights, so a flipped bit in one of them would stay, and spread through its gradients.
  ///
  /// - Throws: A failure of all ranks naming those that differ from the majority.
  func requireEqualWeights(behind step: Int) throws {
    let communicator = model.communicator
    guard communicator.size > 1 else { return }
    model.watchdog?.enter(.comparison)
    let odd = try ranksWithOtherWeights()
    guard !odd.isEmpty else { return }
    let hosts = try communicator.allGather(communicator.hostName)
    try communicator.agree {
      throw TrainingError.weightsDiffer(
        step: step, places: odd.map { RankPlace(rank: $0, host: hosts[$0]) }, ranks: communicator.size)
    }
  }

  /// The ranks whose weights, or averages of them, differ from those of the majority, or all where there is none; all
  /// ranks call.
  ///
  /// - Returns: None where all ranks hold the same, bit by bit.
  func ranksWithOtherWeights() throws(MPIError) -> [Int] {
    let arenas = [model.parameters] + (average.map { [$0.weights] } ?? [])
    let own = arenas.map(\.checksum).joined(separator: " ")
    return ranksOutsideMajority(try model.communicator.allGather(own))
  }
}

extension ParameterArena {
  fileprivate var checksum: String {
    let bytes = UnsafeMutableRawPointer(pointer)
    return Checksum.sha256(
      Data(bytesNoCopy: bytes, count: count * MemoryLayout<Float>.stride, deallocator: .none))
  }
}

/// The ranks that do not hold what more than half of them hold; all where nothing is held by so many.
private func ranksOutsideMajority(_ values: [String]) -> [Int] {
  let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
  let majority = counts.first { 2 * $0.value > values.count }?.key
  return values.indices.filter { values[$0] != majority }
}
