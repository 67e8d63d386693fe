/// Where a rank is, as the watchdogs of others know it.
package struct RankReport: Equatable, Sendable {
  /// The rank.
  package var rank: Int
  /// Whether its watchdog's thread no longer runs, as that of a frozen process.
  package var isSilent: Bool
  /// How many phases it has entered.
  package var stage: Int
  /// The latest of them.
  package var phase: WatchdogPhase
  /// The step it is taking, from 1.
  package var step: Int

  /// Creates a report.
  package init(rank: Int, isSilent: Bool, stage: Int, phase: WatchdogPhase, step: Int) {
    self.rank = rank
    self.isSilent = isSilent
    self.stage = stage
    self.phase = phase
    self.step = step
  }

  /// The phase it is in, following "in".
  var position: String { phase.words(step: step) }
}

extension RankReport {
  /// The number of words a report takes in a datagram.
  package static let wordCount = 5

  /// The report in words.
  package var words: [Int] { [rank, isSilent ? 1 : 0, stage, phase.rawValue, step] }

  /// Reads what ``words`` wrote; a phase that does not exist counts as the start-up.
  package init(words: ArraySlice<Int>) {
    let words = Array(words)
    precondition(words.count == Self.wordCount)
    self.init(
      rank: words[0], isSilent: words[1] != 0, stage: words[2],
      phase: WatchdogPhase(rawValue: words[3]) ?? .startUp, step: words[4])
  }
}

/// What a host last said of its ranks.
package struct HostReport: Sendable {
  /// Its name.
  package var name: String
  /// Its ranks; empty where it never said anything.
  package var ranks: [RankReport]
  /// The seconds since then.
  package var silence: Double

  /// Creates what is known of a host; nothing at first.
  package init(name: String, ranks: [RankReport] = [], silence: Double = 0) {
    self.name = name
    self.ranks = ranks
    self.silence = silence
  }
}
