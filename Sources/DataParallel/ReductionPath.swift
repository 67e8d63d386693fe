import Glibc

/// How gradients may get from rank to rank.
///
/// `HOLDFAST_REDUCTION=exchange` in the environment keeps ranks of one host from sharing memory, for comparison and
/// tests. Every choice gives the same bits.
public enum ReductionChoice: String, Sendable, CaseIterable {
  /// Shared memory inside a host where the system allows it, messages between hosts.
  case shared
  /// Messages only.
  case exchange

  private static let wish = getenv("HOLDFAST_REDUCTION").map { String(cString: $0) }

  /// What this process is asked to do.
  public static let requested = wish.flatMap { ReductionChoice(rawValue: $0) } ?? .shared

  /// What is wrong with the environment's wish, in words; nil where nothing is.
  public static var environmentProblem: String? {
    guard let wish, ReductionChoice(rawValue: wish) == nil else { return nil }
    let names = allCases.map(\.rawValue).joined(separator: " or ")
    return "HOLDFAST_REDUCTION is \(wish) and has to be \(names)"
  }
}

/// How gradients do get from rank to rank, the same on all ranks.
public enum ReductionPath: Equatable, Sendable, CustomStringConvertible {
  /// One rank has nobody to get any from.
  case alone
  /// Memory shared by the ranks of each host, and an exchange between as many hosts.
  case shared(hosts: Int)
  /// An all-to-all and an all-gather between all ranks.
  case exchange

  /// A few words.
  public var description: String {
    switch self {
    case .alone: "one rank"
    case .shared(hosts: 1): "shared memory"
    case .shared(let hosts): "shared memory on \(hosts) hosts and exchange between them"
    case .exchange: "exchange"
    }
  }
}
