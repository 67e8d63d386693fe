import MessagePassing
import Tensors

/// Where the ranks of a group put the sums they bring: slot k of each holds its k-th.
///
/// Slot 0 takes the sum over all ranks afterwards.
struct GradientSlots {
  /// One slot of this rank.
  private struct Slot {
    let own: ParameterArena
    /// The same slot of all ranks of the group.
    let ofMember: [UnsafeMutablePointer<Float>]
    /// The shared memory; nil where there is none.
    let blocks: SharedBlocks<Float>?
  }

  private let layout: ParameterLayout
  private var slots: [Slot] = []

  /// No slots yet.
  init(_ layout: ParameterLayout) {
    self.layout = layout
  }

  /// The number of slots.
  var count: Int { slots.count }

  /// This rank's arena of a slot.
  func arena(_ slot: Int) -> ParameterArena { slots[slot].own }

  /// The memory of a slot of a rank of the group.
  func pointer(_ slot: Int, of member: Int) -> UnsafeMutablePointer<Float> { slots[slot].ofMember[member] }

  /// Adds a slot that this rank alone can see.
  mutating func appendPrivate() {
    let arena = ParameterArena(layout)
    slots.append(Slot(own: arena, ofMember: [arena.pointer], blocks: nil))
  }

  /// Adds a slot that the ranks of the group share; all of them call.
  ///
  /// - Returns: Why they cannot, on all ranks of the group alike; nil where all is well.
  mutating func appendShared(by members: Communicator) throws(MPIError) -> String? {
    switch try SharedBlocks<Float>.allocate(count: layout.count, on: members) {
    case .failure(let failure): return failure.description
    case .success(let blocks):
      let storage = AlignedBuffer(blocks.blocks[members.rank], count: layout.count, owner: blocks)
      slots.append(
        Slot(own: ParameterArena(layout, in: storage), ofMember: blocks.blocks, blocks: blocks))
      return nil
    }
  }

  /// Waits until all ranks of the group have written what the others are going to read.
  func meet(_ members: Communicator) throws(MPIError) {
    slots[0].blocks?.fence()
    try members.barrier()
    slots[0].blocks?.fence()
  }
}
