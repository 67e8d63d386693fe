import Foundation
import TestSupport
import Testing

@Suite("Collectives")
struct CollectiveTests {
  @Test("Every collective gives the right values on any number of ranks", arguments: rankCounts)
  func values(ranks: Int?) async throws {
    let result = try await runFixture("collectives", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.lines == ["collectives hold on \(ranks ?? 1) ranks"])
    #expect(result.exitCode == 0)
  }

  @Test("Blocks may be empty, on some ranks or on all", arguments: rankCounts)
  func emptyBlocks(ranks: Int?) async throws {
    let result = try await runFixture("empty-blocks", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.lines == ["empty blocks hold on \(ranks ?? 1) ranks"])
    #expect(result.exitCode == 0)
  }

  @Test("Parts of the ranks talk among themselves", arguments: rankCounts)
  func parts(ranks: Int?) async throws {
    let result = try await runFixture("parts", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.lines == ["parts hold on \(ranks ?? 1) ranks"])
    #expect(result.exitCode == 0)
  }

  @Test("All ranks of a host see what any of them writes into shared blocks", arguments: rankCounts)
  func sharedBlocks(ranks: Int?) async throws {
    let result = try await runFixture("shared-blocks", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.lines == ["shared blocks hold on \(ranks ?? 1) ranks"])
    #expect(result.exitCode == 0)
  }

  @Test("Every rank knows its number, its place on the host and its launcher", arguments: rankCounts)
  func place(ranks: Int?) async throws {
    let result = try await runFixture("place", ranks: ranks)

    let host = ProcessInfo.processInfo.hostName
    let size = ranks ?? 1
    let expected = (0..<size).map { rank in
      let launch = ranks == nil ? "none -1/-1" : "mpirun \(rank)/\(size)"
      return "\(rank)/\(size) local \(rank)/\(size) \(host) \(launch)"
    }
    #expect(result.lines == expected)
    #expect(result.standardError == "")
    #expect(result.exitCode == 0)
  }
}
