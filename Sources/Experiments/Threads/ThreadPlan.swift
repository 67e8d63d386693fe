import MessagePassing
import Reports

/// How many threads each rank of a job runs, and on which CPUs.
///
/// Kernels are single-threaded: a thread of a rank takes micro-batches of its own, and is worth a CPU of its own.
package struct ThreadPlan {
  /// The ranks of one host.
  struct Node {
    let host: String
    let ranks: [RankPlacement]
    /// The threads of each of them.
    let threads: [Int]

    var threadCount: Int { threads.reduce(0, +) }

    /// The CPUs that the ranks may use together.
    var cpuCount: Int {
      let sets = ranks.map(\.cpuSet)
      // Without masks, what each rank counted is all there is to know.
      guard !sets.contains(nil) else { return ranks.map(\.machine.cpus).max() ?? 0 }
      return sets.reduce(into: Set<Int>()) { $0.formUnion($1 ?? []) }.count
    }
  }

  /// The hosts in the order of their first rank.
  let nodes: [Node]
  /// The threads of each rank.
  package let threads: [Int]

  /// Decides for all ranks: what was asked for, otherwise a fair share of the CPUs.
  ///
  /// - Parameter ranks: the ranks of the job in their order.
  package init(_ ranks: [RankPlacement]) {
    var hosts: [String] = []
    for rank in ranks where !hosts.contains(rank.host) { hosts.append(rank.host) }
    nodes = hosts.map { host in
      let local = ranks.filter { $0.host == host }
      let shares = Self.fairShares(of: local)
      return Node(host: host, ranks: local, threads: zip(local, shares).map { $0.requestedThreads ?? $1 })
    }
    var threads = [Int](repeating: 1, count: ranks.count)
    for node in nodes {
      for (rank, count) in zip(node.ranks, node.threads) { threads[rank.rank] = count }
    }
    self.threads = threads
  }

  /// Gathers where all ranks are and decides, on all ranks together.
  ///
  /// - Parameters:
  ///   - requested: the threads that this rank's command line asks for; nil for a fair share of the CPUs.
  ///   - communicator: the ranks of the job.
  static func gather(requested: Int?, on communicator: Communicator) throws -> ThreadPlan {
    let placement = RankPlacement.current(requestedThreads: requested, on: communicator)
    return ThreadPlan(try communicator.allGather(encoding: placement))
  }

  /// The threads for which each rank of a host has CPUs, one at least.
  ///
  /// A CPU that k ranks may use counts 1/k for each of them. So ranks with the same mask, as after `--bind-to none`,
  /// divide its CPUs, and ranks bound to CPUs of their own have these for themselves. A container's quota of CPU
  /// time is divided as well. What is left over stays idle: micro-batches are dealt out evenly, and one rank with a
  /// thread more would wait for the others.
  private static func fairShares(of ranks: [RankPlacement]) -> [Int] {
    var users: [Int: Int] = [:]
    for cpu in ranks.flatMap({ $0.cpuSet ?? [] }) { users[cpu, default: 0] += 1 }
    return ranks.map { rank in
      var share = rank.cpuSet.map { cpus in
        cpus.reduce(0.0) { $0 + 1 / Double(users[$1] ?? 1) }
      }
      if let quota = rank.cpuQuota {
        share = min(share ?? .infinity, quota / Double(ranks.count))
      }
      // Thirds and the like may add up to a little less than the whole number they mean.
      return max(Int((share ?? Double(rank.machine.cpus) / Double(ranks.count)) + 1e-6), 1)
    }
  }
}
