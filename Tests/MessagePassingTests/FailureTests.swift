import Foundation
import TestSupport
import Testing

@Suite("Failures end the job")
struct FailureTests {
  private let host = ProcessInfo.processInfo.hostName

  @Test("An MPI error names the call, the rank and the library's reason", arguments: [2, 4])
  func wrongRoot(ranks: Int) async throws {
    let result = try await runFixture("bad-root", ranks: ranks)

    let place = "rank \(ranks - 1) of \(ranks) on \(host)"
    #expect(result.messages == ["holdfast: \(place): MPI_Bcast failed: MPI_ERR_ROOT: invalid root (8)"])
    #expect(result.exitCode == 69)
  }

  @Test("An MPI error in a part of the ranks names the rank in the whole job")
  func wrongRootInPart() async throws {
    let result = try await runFixture("bad-root-in-part", ranks: 3)

    #expect(
      result.messages == [
        "holdfast: rank 2 of 3 on \(host): MPI_Bcast failed: MPI_ERR_ROOT: invalid root (8)"
      ])
    #expect(result.exitCode == 69)
  }

  @Test("An error on one rank ends ranks that wait for it, and is printed once", arguments: [2, 3, 4])
  func oneRankThrows(ranks: Int) async throws {
    let result = try await runFixture("throw-on-last", ranks: ranks)

    #expect(result.messages == ["holdfast: rank \(ranks - 1) of \(ranks) on \(host): out of luck"])
    #expect(result.exitCode == 65)
    // Nothing printed before the failure is lost with the ranks it ends.
    #expect(result.lines.sorted() == (0..<ranks).map { "rank \($0) was here" })
  }

  @Test("An error on one rank ends ranks that are not communicating")
  func oneRankThrowsWhileOthersCompute() async throws {
    let result = try await runFixture("throw-while-others-compute", ranks: 3)

    #expect(result.messages == ["holdfast: rank 2 of 3 on \(host): out of luck"])
    #expect(result.exitCode == 66)
  }

  @Test("The only rank fails without naming itself and without noise", arguments: [nil, 1])
  func singleProcess(ranks: Int?) async throws {
    let result = try await runFixture("throw-on-last", ranks: ranks)

    #expect(result.messages == ["holdfast: out of luck"])
    #expect(!result.standardError.contains("MPI_ABORT"))
    #expect(result.exitCode == 65)
  }

  @Test("The body's return value is the job's exit code", arguments: [nil, 1, 3])
  func returnedCode(ranks: Int?) async throws {
    let result = try await runFixture("return-code", ranks: ranks)

    #expect(result.messages == [])
    #expect(result.exitCode == 75)
  }

  @Test("An error never exits with success", arguments: [nil, 2])
  func zeroCode(ranks: Int?) async throws {
    let result = try await runFixture("zero-code", ranks: ranks)

    #expect(result.exitCode == 1)
  }

  @Test("A call from a second thread stops the program and names the call")
  func otherThread() async throws {
    let result = try await runFixture("other-thread", ranks: nil)

    #expect(result.standardError.contains("MPI_Barrier was called from a thread other than"))
    #expect(result.exitCode != 0)
  }

  @Test("A count beyond MPI's limit stops the program and names the size")
  func largeCount() async throws {
    let result = try await runFixture("large-count", ranks: nil)

    #expect(result.standardError.contains("3000000000 elements of Float exceed the 2147483647"))
    #expect(result.exitCode != 0)
  }
}
