/// Who makes the others wait, in words.
package struct LateRanks: CustomStringConvertible {
  /// The ranks that are late or do not respond, or where to look for them.
  package let description: String

  /// Finds those that do not respond, and those that are in an earlier phase than the furthest rank.
  ///
  /// - Parameters:
  ///   - own: The ranks of this host.
  ///   - others: What is known of other hosts; empty where there are none.
  ///   - silenceLimit: The seconds without news from which on a host counts as one that does not respond.
  package init(of own: HostReport, _ others: [HostReport], silenceLimit: Double) {
    let furthest = ([own] + others).flatMap(\.ranks).map(\.stage).max() ?? 0
    var late = own.ranks.compactMap {
      Self.lateness(of: $0, on: others.isEmpty ? "" : " on \(own.name)", furthest)
    }
    for host in others {
      if host.silence > silenceLimit && !host.ranks.isEmpty {
        late.append(Self.silence(of: host))
      } else {
        late += host.ranks.compactMap { Self.lateness(of: $0, on: " on \(host.name)", furthest) }
      }
    }
    let unknown = others.filter(\.ranks.isEmpty).map(\.name)
    if !late.isEmpty {
      description = late.joined(separator: ", ")
    } else if unknown.isEmpty {
      description = "no rank is behind the others"
    } else {
      description =
        "no rank of this host is late, and nothing is known of \(unknown.joined(separator: ", ")), so look there"
    }
  }

  private static func lateness(of report: RankReport, on host: String, _ furthest: Int) -> String? {
    guard report.isSilent || report.stage < furthest else { return nil }
    let manner = report.isSilent ? "does not respond" : "is late"
    return "rank \(report.rank)\(host) \(manner) (in \(report.position))"
  }

  /// A host of which nothing is heard any more.
  private static func silence(of host: HostReport) -> String {
    let names = host.ranks.prefix(8).map { "\($0.rank)" }.joined(separator: ", ")
    let rest = host.ranks.count > 8 ? " and \(host.ranks.count - 8) more" : ""
    let ranks = host.ranks.count > 1 ? "ranks \(names)\(rest)" : "rank \(names)"
    let position = host.ranks.max { $0.stage < $1.stage }?.position ?? ""
    let verb = host.ranks.count > 1 ? "do" : "does"
    return "\(ranks) on \(host.name) \(verb) not respond (last heard in \(position))"
  }
}
