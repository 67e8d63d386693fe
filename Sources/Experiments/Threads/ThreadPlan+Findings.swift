import Reports

extension ThreadPlan {
  /// One line about all ranks, such as `2 ranks x 4 threads on 8 CPUs of node1`.
  package var headline: String {
    var groups: [(text: String, hosts: [String])] = []
    for node in nodes {
      let text = "\(count(node.ranks.count, "rank")) x \(node.threadsText) on \(count(node.cpuCount, "CPU"))"
      if groups.last?.text == text {
        groups[groups.count - 1].hosts.append(node.host)
      } else {
        groups.append((text, [node.host]))
      }
    }
    return groups.map { group in
      group.hosts.count == 1
        ? "\(group.text) of \(group.hosts[0])" : "\(group.text) of each of \(group.hosts.count) hosts"
    }.joined(separator: ", ")
  }

  /// Says what was decided, and what is wrong with it.
  func announce(on console: Console) {
    console.note("running \(headline)")
    for finding in findings {
      console.warn(finding.remedy.map { "\(finding.summary): \($0)" } ?? finding.summary)
    }
  }

  /// Where threads fight for CPUs, and where CPUs have no threads; of each kind one finding for the whole job.
  package var findings: [Finding] {
    [
      firstFinding { node in bound(node) ?? crowded(node) ?? throttled(node) },
      // Where ranks lack CPUs that their host has, one remedy serves both.
      firstFinding { node in bound(node) == nil ? idle(node) : nil }, openMP,
    ].compactMap { $0 }
  }

  /// What was found on the first host with such a finding, and how many others have one.
  private func firstFinding(_ judge: (Node) -> (summary: String, remedy: String)?) -> Finding? {
    let found = nodes.compactMap(judge)
    guard let first = found.first else { return nil }
    let others = found.count == 1 ? "" : " (and \(count(found.count - 1, "other host")) likewise)"
    return .warning("threads", first.summary + others, remedy: first.remedy)
  }

  // MARK: - Too many threads

  /// More threads than the launcher's binding leaves a rank.
  private func bound(_ node: Node) -> (summary: String, remedy: String)? {
    let pairs = zip(node.ranks, node.threads)
    guard
      let (rank, threads) = pairs.first(where: {
        $1 > $0.machine.cpus && $0.machine.cpus < $0.reachableCPUs
      })
    else { return nil }
    let place = nodes.count == 1 && node.ranks.count == 1 ? "this rank" : "rank \(rank.rank) on \(node.host)"
    let room = max(rank.reachableCPUs / node.ranks.count, 1)
    let remedy =
      if rank.launcher != "mpirun" || room == 1 {
        "leave --threads out, or let the process have more CPUs"
      } else if room < threads {
        "start with mpirun --bind-to none or --map-by slot:PE=\(room), and say --threads \(room)"
      } else {
        "start with mpirun --bind-to none or --map-by slot:PE=\(threads), or leave --threads out"
      }
    return (
      "\(place) runs \(threads) threads and is bound to CPU \(rank.machine.affinity ?? "?") "
        + "(\(rank.machine.cpus) of \(rank.reachableCPUs))", remedy
    )
  }

  /// More threads on a host than its ranks have CPUs.
  private func crowded(_ node: Node) -> (summary: String, remedy: String)? {
    let cpus = node.cpuCount
    guard node.threadCount > cpus else { return nil }
    let ranks = node.ranks.count
    let crowd =
      ranks == 1
      ? "\(node.threadCount) threads share" : "\(ranks) ranks with \(node.threadCount) threads in all share"
    return (
      "\(crowd) \(count(cpus, "CPU")) of \(node.host)",
      (ranks > cpus
        ? "start \(count(cpus, "rank")) there at most"
        : "leave --threads out, or say --threads \(cpus / ranks)")
        + ", for beyond the CPUs they only wait for each other"
    )
  }

  /// More threads than a container gets time for.
  private func throttled(_ node: Node) -> (summary: String, remedy: String)? {
    guard let quota = node.ranks.compactMap(\.cpuQuota).min(), quota < Double(node.threadCount) else {
      return nil
    }
    return (
      "\(count(node.threadCount, "thread")) on \(node.host), whose container may use the time of "
        + "\(fixed(quota, 1)) CPUs",
      "give the container more CPUs, or start fewer ranks or --threads"
    )
  }

  // MARK: - Too few

  /// What mpirun's binding leaves unused, which by default is a core for each rank where these are one or two.
  private func idle(_ node: Node) -> (summary: String, remedy: String)? {
    let reachable = node.ranks.map(\.reachableCPUs).max() ?? 0
    let used = node.cpuCount
    guard node.ranks[0].launcher == "mpirun", used * 2 <= reachable else { return nil }
    let cores = reachable / max(node.ranks[0].threadsPerCore, 1)
    return (
      "the ranks on \(node.host) are bound to \(used) of \(reachable) CPUs, and the others idle",
      "start with mpirun --bind-to none or --map-by slot:PE=\(max(cores / node.ranks.count, 1))"
    )
  }

  // MARK: - Misunderstandings

  /// OpenMP's variable, which people set for other programs.
  private var openMP: Finding? {
    for node in nodes {
      for (rank, threads) in zip(node.ranks, node.threads) {
        guard let wish = rank.openMPThreads, wish != "\(threads)" else { continue }
        let remedy = Int(wish).map { $0 > 0 ? "unset it, or say --threads \($0)" : "unset it" } ?? "unset it"
        return .warning(
          "threads",
          "OMP_NUM_THREADS=\(wish) has no effect, as kernels run on one thread each and a rank's \(threads) come from "
            + "\(rank.requestedThreads == nil ? "its CPUs" : "--threads")",
          remedy: remedy)
      }
    }
    return nil
  }

  private func count(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
}

extension ThreadPlan.Node {
  /// `1 thread`, or `1 to 3 threads` where ranks differ.
  fileprivate var threadsText: String {
    let least = threads.min() ?? 0
    let most = threads.max() ?? 0
    return least == most ? "\(most) thread\(most == 1 ? "" : "s")" : "\(least) to \(most) threads"
  }
}
