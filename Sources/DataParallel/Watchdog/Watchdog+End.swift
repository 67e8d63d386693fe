import Foundation
import MessagePassing

// What is said, by whom, and the end of the process.

extension Watchdog {
  /// Whether this rank is the first of its host that responds, which speaks for the host.
  func isSpeaker(_ silent: [Bool]) -> Bool {
    board.ranks.indices.first { $0 == board.place || !silent[$0] } == board.place
  }

  /// Where the ranks of this host are.
  func reports(_ silent: [Bool]) -> [RankReport] {
    board.ranks.indices.map { place in
      RankReport(
        rank: board.ranks[place], isSilent: silent[place],
        stage: board.read(Column.stage.rawValue, at: place),
        phase: WatchdogPhase(rawValue: board.read(Column.phase.rawValue, at: place)) ?? .startUp,
        step: board.read(Column.step.rawValue, at: place))
    }
  }

  /// What the watchdog ends the process for.
  struct Finding {
    /// The limit that was passed, in seconds, and which it is.
    var limit: Double
    var kind: WatchdogLimits.Kind
    /// What did not happen.
    var fault: String
    /// The ranks of this host that do not respond, by place.
    var silent: [Bool]
    /// From how many seconds on a host counts as one that does not respond.
    var silenceLimit: Double
  }

  /// Says what is wrong, once for the ranks of this host, and ends the process.
  func bark(_ finding: Finding, _ others: OtherHosts?) -> Never {
    // Should what follows hang as well, say for want of memory: the signal's default is to end the process.
    alarm(20)
    // Rank 0's host speaks for the job if it can; the launcher ends the others meanwhile, which takes it longer than it
    // takes ranks to find out.
    if board.ranks[0] != 0 { sleep(others?.hears(of: 0, within: finding.silenceLimit) == true ? 12 : 4) }
    // Of its ranks the one that knows of other hosts.
    if !isSpeaker(finding.silent) { sleep(1) }
    if board.claim() {
      let text = message(finding, others)
      text.withCString { _ = write(STDERR_FILENO, $0, strlen($0)) }
      LauncherEnd.enforce(withinSeconds: 20)
    } else {
      sleep(2)
    }
    _exit(Self.exitCode)
  }

  /// What did not happen under a limit.
  static func lack(of kind: WatchdogLimits.Kind) -> String {
    switch kind {
    case .startUp: "the start-up made no progress"
    case .step: "no step finished"
    case .saving: "no checkpoint and step finished"
    case .evaluation, .gathering: "no micro-batch of the evaluation finished"
    }
  }

  private func message(_ finding: Finding, _ others: OtherHosts?) -> String {
    let limit = finding.limit
    let seconds = limit == limit.rounded() ? "\(Int(limit))" : "\((limit * 10).rounded() / 10)"
    let own = HostReport(name: host, ranks: reports(finding.silent))
    let late = LateRanks(of: own, others?.reports ?? [], silenceLimit: finding.silenceLimit)
    return
      "holdfast: rank \(rank) of \(size) on \(host): stuck, for \(finding.fault) within \(seconds) s; this rank is "
      + "in \(own.ranks[board.place].position); \(late): start again with --resume, or raise "
      + "\(limits.key(of: finding.kind)) if it only needs longer\n"
  }
}
