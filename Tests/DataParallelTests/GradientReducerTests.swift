import DataParallel
import TestSupport
import Testing

@Suite("The gradient reduction")
struct GradientReducerTests {
  private func run(_ scenario: String, ranks: Int?) async throws -> RankJobResult {
    try await runRanks(
      executable: BuiltProducts.executable("ReductionFixture"), arguments: [scenario], ranks: ranks)
  }

  private func lines(_ result: RankJobResult) -> [String] {
    result.standardOutput.split(separator: "\n").map(String.init)
  }

  @Test(
    "Every path gives the bits of the one tree, on any number of ranks",
    arguments: [nil, 1, 2, 3, 4, 5, 6, 7])
  func bits(ranks: Int?) async throws {
    let result = try await run("bits", ranks: ranks)

    #expect(result.standardError == "")
    #expect(result.exitCode == 0)
    let size = ranks ?? 1
    let hosts = (1...size).filter { size % $0 == 0 }.map { size / $0 }
    let shared = hosts.map { hosts in
      switch hosts {
      case size: "exchange"
      case 1: "shared memory"
      default: "shared memory on \(hosts) hosts and exchange between them"
      }
    }
    #expect(lines(result) == (size == 1 ? ["one rank", "one rank"] : shared + ["exchange"]))
  }

  @Test("A rank without memory to share makes all ranks exchange, with the reason", arguments: [2, 3, 4])
  func noMemory(ranks: Int) async throws {
    let result = try await run("no-memory", ranks: ranks)

    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(lines(result).count == ranks)
    for line in lines(result) {
      #expect(line.hasPrefix("nothing -> exchange: "))
      #expect(line.hasSuffix("memfd_create failed: Too many open files"))
    }
  }

  @Test("So does a rank that runs out of memory later", arguments: [2, 3])
  func noMoreMemory(ranks: Int) async throws {
    let result = try await run("no-more-memory", ranks: ranks)

    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(lines(result).count == ranks)
    for line in lines(result) {
      #expect(line.hasPrefix("shared memory -> exchange: "))
      #expect(line.hasSuffix("memfd_create failed: Too many open files"))
    }
  }

  @Test("Where one rank is told to exchange, all do")
  func differingChoices() async throws {
    let result = try await run("differing-choices", ranks: 3)

    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(lines(result) == Array(repeating: "exchange", count: 3))
  }

  @Test("A rank that fails ends those that wait for its sums", arguments: [2, 3])
  func failure(ranks: Int) async throws {
    let result = try await run("throw", ranks: ranks)

    #expect(result.standardError.contains("holdfast: rank \(ranks - 1) of \(ranks) on "))
    #expect(result.standardError.contains(": out of luck\n"))
    #expect(result.exitCode == 70)
  }

  @Test("Ranks share memory only where every host has a run of as many")
  func hosts() {
    #expect(RankGroups.ranksPerHost([(0, 1)]) == 1)
    #expect(RankGroups.ranksPerHost([(0, 3), (1, 3), (2, 3)]) == 3)
    #expect(RankGroups.ranksPerHost([(0, 2), (1, 2), (0, 2), (1, 2)]) == 2)
    #expect(RankGroups.ranksPerHost([(0, 1), (0, 1), (0, 1)]) == 1)
    // Round robin over two hosts.
    #expect(RankGroups.ranksPerHost([(0, 2), (0, 2), (1, 2), (1, 2)]) == nil)
    // Three and one.
    #expect(RankGroups.ranksPerHost([(0, 3), (1, 3), (2, 3), (0, 1)]) == nil)
    #expect(RankGroups.ranksPerHost([(0, 1), (0, 2), (1, 2)]) == nil)
  }
}
