import Foundation
import TestSupport
import Testing

@Suite("Agreement")
struct AgreementTests {
  private let host = ProcessInfo.processInfo.hostName

  @Test("Success everywhere gives each rank its own value", arguments: rankCounts)
  func success(ranks: Int?) async throws {
    let result = try await runFixture("agree-success", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.exitCode == 0)
  }

  @Test("A failure on one rank ends the job in order, with its rank and code", arguments: [2, 3, 4])
  func oneFails(ranks: Int) async throws {
    let result = try await runFixture("agree-one-fails", ranks: ranks)

    let last = ranks - 1
    #expect(result.messages == ["holdfast: rank \(last) of \(ranks) on \(host): disk \(last) is full"])
    #expect(result.exitCode == 60 + Int32(last))
    #expect(!result.standardError.contains("MPI_ABORT"))
  }

  @Test("Of several failures the lowest rank's is told, with their number")
  func twoFail() async throws {
    let result = try await runFixture("agree-two-fail", ranks: 4)

    #expect(
      result.messages == ["holdfast: rank 2 of 4 on \(host): disk 2 is full (2 of 4 ranks failed)"])
    #expect(result.exitCode == 62)
  }

  @Test("A failure that all ranks share is told once and names none of them", arguments: rankCounts)
  func allFail(ranks: Int?) async throws {
    let result = try await runFixture("agree-all-fail", ranks: ranks)

    #expect(result.messages == ["holdfast: no such file: digits"])
    #expect(result.exitCode == 60)
  }

  @Test("Failures of all ranks that differ are told with the rank")
  func allFailDifferently() async throws {
    let result = try await runFixture("agree-all-fail-differently", ranks: 3)

    #expect(
      result.messages == [
        "holdfast: rank 0 of 3 on \(host): no such file: digits-0 (3 of 3 ranks failed)"
      ])
    #expect(result.exitCode == 60)
  }

  @Test("An agreement inside another keeps message and code")
  func nested() async throws {
    let result = try await runFixture("agree-nested", ranks: 3)

    #expect(result.messages == ["holdfast: rank 2 of 3 on \(host): disk 2 is full"])
    #expect(result.exitCode == 62)
  }

  @Test("Failing communication ends the job instead of being agreed on")
  func communicationFails() async throws {
    let result = try await runFixture("agree-communication-fails", ranks: 3)

    #expect(
      result.messages == [
        "holdfast: rank 2 of 3 on \(host): MPI_Bcast failed: MPI_ERR_ROOT: invalid root (8)"
      ])
    #expect(result.exitCode == 69)
  }

  @Test("All ranks hold the same failure, and may go on")
  func sameFailure() async throws {
    let result = try await runFixture("caught-failure", ranks: 3)

    #expect(result.lines == Array(repeating: "2 1 62 disk 2 is full", count: 3))
    #expect(result.exitCode == 0)
  }
}
