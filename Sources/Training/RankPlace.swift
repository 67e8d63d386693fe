/// A rank and the host it runs on, for messages.
public struct RankPlace: Equatable, Sendable {
  /// The rank.
  public let rank: Int
  /// The host's name.
  public let host: String

  /// Names a rank.
  public init(rank: Int, host: String) {
    self.rank = rank
    self.host = host
  }

  /// Up to eight places in words, behind `prefix`; nothing for none.
  static func list(_ places: [RankPlace], after prefix: String = "") -> String {
    guard !places.isEmpty else { return "" }
    let named = places.prefix(8).map { "rank \($0.rank) on \($0.host)" }
    let others = places.count - named.count
    let rest = others > 0 ? " and \(others) more rank\(others == 1 ? "" : "s")" : ""
    return prefix + named.joined(separator: ", ") + rest
  }
}
