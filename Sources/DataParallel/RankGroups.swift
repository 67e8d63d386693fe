import MessagePassing

/// The ranks in groups that share memory: `groupSize` consecutive ranks each.
package struct RankGroups {
  /// The ranks of a group.
  let groupSize: Int
  /// The number of groups.
  let count: Int
  /// This rank's group, and this rank in it.
  let group: Int
  let member: Int
  /// The ranks of this rank's group; nil where that is this rank alone.
  let members: Communicator?
  /// The ranks that have this rank's place in their groups, in the order of the groups; nil where there is only one.
  let peers: Communicator?

  /// Cuts the ranks of `communicator`, which all call; `groupSize` divides their number.
  init(of groupSize: Int, in communicator: Communicator) throws(MPIError) {
    self.groupSize = groupSize
    count = communicator.size / groupSize
    group = communicator.rank / groupSize
    member = communicator.rank % groupSize
    if groupSize == 1 {
      members = nil
      peers = count == 1 ? nil : communicator
    } else if count == 1 {
      members = communicator
      peers = nil
    } else {
      members = try communicator.split(color: group)
      peers = try communicator.split(color: member)
    }
  }

  /// The number of ranks on each host, where that is the same everywhere and the ranks of each host are consecutive;
  /// nil elsewhere.
  ///
  /// A rank's place among those of its host says it all: where every rank r is in place r mod n of n, each run of n
  /// ranks is a host.
  ///
  /// - Parameter places: Each rank's number among those of its host, and the number of those.
  package static func ranksPerHost(_ places: [(rank: Int, size: Int)]) -> Int? {
    let size = places[0].size
    let isRegular = places.enumerated().allSatisfy { $1.rank == $0 % size && $1.size == size }
    return isRegular ? size : nil
  }
}
