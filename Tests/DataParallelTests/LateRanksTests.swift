import DataParallel
import Testing

@Suite("Who makes the others wait")
struct LateRanksTests {
  private func report(
    _ rank: Int, stage: Int, _ phase: WatchdogPhase, isSilent: Bool = false
  ) -> RankReport {
    RankReport(rank: rank, isSilent: isSilent, stage: stage, phase: phase, step: 12)
  }

  private func words(_ own: [RankReport], _ others: HostReport...) -> String {
    LateRanks(of: HostReport(name: "a", ranks: own), others, silenceLimit: 2).description
  }

  @Test("Of one host, ranks are named that are behind or silent, and no host")
  func oneHost() {
    #expect(words([report(0, stage: 9, .reduction)]) == "no rank is behind the others")
    #expect(
      words([report(0, stage: 9, .reduction), report(1, stage: 8, .attack)])
        == "rank 1 is late (in the attack and gradient of step 12)")
    #expect(
      words([report(0, stage: 9, .reduction), report(1, stage: 9, .reduction, isSilent: true)])
        == "rank 1 does not respond (in the reduction of step 12)")
  }

  @Test("Of several hosts, ranks are named with theirs, and whole hosts that are silent")
  func otherHosts() {
    let own = [report(0, stage: 9, .reduction)]
    let working = HostReport(name: "b", ranks: [report(1, stage: 8, .attack)], silence: 1)
    let frozen = HostReport(name: "c", ranks: [report(2, stage: 9, .reduction, isSilent: true)], silence: 1)
    let gone = HostReport(name: "d", ranks: (3...4).map { report($0, stage: $0, .update) }, silence: 3)

    #expect(words(own, working) == "rank 1 on b is late (in the attack and gradient of step 12)")
    #expect(words(own, frozen) == "rank 2 on c does not respond (in the reduction of step 12)")
    #expect(words(own, gone) == "ranks 3, 4 on d do not respond (last heard in the update of step 12)")
    #expect(words([report(0, stage: 7, .attack)], working).hasPrefix("rank 0 on a is late"))
  }

  @Test("Hosts that never said anything are where to look, unless somebody is known to be late")
  func unknownHosts() {
    let own = [report(0, stage: 9, .reduction)]
    let unknown = HostReport(name: "b", silence: 100)

    #expect(
      words(own, unknown) == "no rank of this host is late, and nothing is known of b, so look there")
    let late = HostReport(name: "c", ranks: [report(2, stage: 8, .attack)])
    #expect(words(own, unknown, late).hasPrefix("rank 2 on c is late"))
  }

  @Test("A report survives a datagram, and a phase that is none counts as the start-up")
  func datagram() {
    let sent = report(3, stage: 17, .saving, isSilent: true)
    #expect(RankReport(words: sent.words[...]) == sent)

    var damaged = sent.words
    damaged[3] = 1000
    #expect(RankReport(words: damaged[...]).phase == .startUp)
  }
}
