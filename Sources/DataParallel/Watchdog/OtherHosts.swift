import MessagePassing

/// What a rank knows of the ranks of other hosts without waiting for any of them.
///
/// A rank that hangs inside MPI cannot ask who makes it wait. So the watchdogs of different hosts send each other
/// datagrams: at every tick, a second apart or less, the first rank of a host that responds reports on all ranks of its
/// host, to two ranks of every other. Where a network lets none of them through, nothing is known of other hosts, and
/// nothing else changes: no job is ended for a datagram that does not come.
struct OtherHosts: Sendable {
  /// One of the other hosts.
  private struct Host: Sendable {
    var report: HostReport
    /// Its ranks, ascending.
    let ranks: [Int]
    /// Where its first two ranks receive.
    let targets: [DatagramSocket.Address]
  }

  /// What is known of each.
  var reports: [HostReport] { hosts.map(\.report) }

  /// Whether the host of a rank of another host said anything within some seconds.
  func hears(of rank: Int, within seconds: Double) -> Bool {
    hosts.contains { $0.ranks.contains(rank) && !$0.report.ranks.isEmpty && $0.report.silence <= seconds }
  }

  private var hosts: [Host]
  private let socket: DatagramSocket?
  /// Keeps the datagrams of other jobs out.
  private let key: Int
  private let firstRank: Int

  /// Makes the ranks of different hosts known to each other; all ranks call.
  ///
  /// - Returns: Nil where there is one host only.
  /// - Throws: `MPIError`.
  init?(_ board: HostBoard, on communicator: Communicator) throws(MPIError) {
    firstRank = board.ranks[0]
    let firstRanks = try communicator.allGather(firstRank)
    guard Set(firstRanks).count > 1 else { return nil }
    socket = DatagramSocket()
    key = try communicator.broadcast(Int.random(in: .min ... .max))
    let names = try communicator.allGather(communicator.hostName)
    let own = DatagramSocket.localHosts()
    let endpoints = try communicator.allGather(
      varying: socket.map { socket in [Int(socket.port)] + own.map { Int($0) } } ?? [])

    hosts = Set(firstRanks).subtracting([firstRank]).sorted().map { first in
      let ranks = firstRanks.indices.filter { firstRanks[$0] == first }
      let targets = ranks.prefix(2).flatMap { rank in
        // An address that this host has too, say that of a network of containers, would lead back here.
        endpoints[rank].dropFirst().map { UInt32(truncatingIfNeeded: $0) }.filter { !own.contains($0) }
          .map { DatagramSocket.Address(host: $0, port: UInt16(truncatingIfNeeded: endpoints[rank][0])) }
      }
      return Host(report: HostReport(name: names[first]), ranks: ranks, targets: targets)
    }
  }

  /// Reports on the ranks of this host to all others.
  func send(_ reports: [RankReport]) {
    let words = [key, firstRank] + reports.flatMap(\.words)
    for target in hosts.flatMap(\.targets) { socket?.send(words, to: target) }
  }

  /// Takes what has come in since the last time, `seconds` ago.
  mutating func receive(after seconds: Double) {
    for place in hosts.indices { hosts[place].report.silence += seconds }
    while let words = socket?.receive() {
      guard words.count > 2, words[0] == key,
        let place = hosts.firstIndex(where: { $0.ranks[0] == words[1] }),
        words.count == 2 + hosts[place].ranks.count * RankReport.wordCount
      else { continue }
      hosts[place].report.ranks = stride(from: 2, to: words.count, by: RankReport.wordCount).map {
        RankReport(words: words[$0..<$0 + RankReport.wordCount])
      }
      hosts[place].report.silence = 0
    }
  }
}
