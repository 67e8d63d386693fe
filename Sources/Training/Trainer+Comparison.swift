import Checkpoints
import DataParallel
import Foundation
import MessagePassing
import Tensors

extension DataParallelModel {
  /// Checks that all ranks hold the same weights, bit by bit; all of them call.
  ///
  /// Replicas never exchange weights, so a flipped bit in one of them would stay, and spread through its gradients.
  ///
  /// - Throws: A failure of all ranks naming those that differ from the majority.
  func requireEqualWeights(behind step: Int) throws {
    guard communicator.size > 1 else { return }
    watchdog?.enter(.comparison)
    let odd = try ranksWithOtherWeights()
    guard !odd.isEmpty else { return }
    let hosts = try communicator.allGather(communicator.hostName)
    try communicator.agree {
      throw TrainingError.weightsDiffer(
        step: step, places: odd.map { RankPlace(rank: $0, host: hosts[$0]) }, ranks: communicator.size)
    }
  }

  /// The ranks whose weights differ from those of the majority, or all where there is none; all ranks call.
  ///
  /// - Returns: None where all ranks hold the same weights, bit by bit.
  func ranksWithOtherWeights() throws(MPIError) -> [Int] {
    let bytes = UnsafeMutableRawPointer(parameters.pointer)
    let data = Data(
      bytesNoCopy: bytes, count: parameters.count * MemoryLayout<Float>.stride, deallocator: .none)
    let checksums = try communicator.allGather(Checksum.sha256(data))
    return ranksOutsideMajority(checksums)
  }
}

/// The ranks that do not hold what more than half of them hold; all where nothing is held by so many.
private func ranksOutsideMajority(_ values: [String]) -> [Int] {
  let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
  let majority = counts.first { 2 * $0.value > values.count }?.key
  return values.indices.filter { values[$0] != majority }
}
