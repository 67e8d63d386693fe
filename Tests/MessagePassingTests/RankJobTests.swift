import Foundation
import TestSupport
import Testing

@Suite("The runner of rank jobs")
struct RankJobTests {
  private let shell = URL(fileURLWithPath: "/bin/sh")

  @Test("Output far beyond a pipe's capacity arrives whole")
  func largeOutput() async throws {
    let script = "head -c 300000 /dev/zero | tr '\\0' o; head -c 200000 /dev/zero | tr '\\0' e >&2; exit 3"
    let result = try await runRanks(executable: shell, arguments: ["-c", script], ranks: nil)

    #expect(result.standardOutput == String(repeating: "o", count: 300_000))
    #expect(result.standardError == String(repeating: "e", count: 200_000))
    #expect(result.exitCode == 3)
  }

  @Test("A job that does not end is ended, with what it had printed", arguments: [nil, 2])
  func timeout(ranks: Int?) async throws {
    let error = await #expect(throws: RankJobTimeout.self) {
      // The ranks have no end of their own.
      try await runRanks(
        executable: shell, arguments: ["-c", "echo $$; while :; do sleep 1; done"], ranks: ranks, timeout: 3)
    }

    let processes = try #require(error).result.standardOutput.split(separator: "\n").compactMap { Int32($0) }
    #expect(processes.count == ranks ?? 1)
    for process in processes {
      // Gone, or dead and not yet collected by its new parent.
      let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      #expect(status?.contains("State:\tZ") ?? true)
    }
  }

  @Test("A rank killed by a signal is not taken for a timeout")
  func killedRank() async throws {
    let result = try await runRanks(executable: shell, arguments: ["-c", "kill -9 $$"], ranks: 2)

    #expect(result.exitCode == 137)
  }

  @Test("Jobs start with no signal blocked or ignored")
  func cleanSignals() async throws {
    let script = "sed -nE 's/^Sig(Blk|Ign):\\s*//p' /proc/self/status"
    let result = try await runRanks(executable: shell, arguments: ["-c", script], ranks: nil)

    let masks = result.standardOutput.split(separator: "\n").map { UInt64($0, radix: 16) }
    // The C library keeps signals 32 and 33 to itself.
    #expect(masks.map { $0.map { $0 & 0x7fff_ffff } } == [0, 0])
  }

  @Test("A job runs in the directory and with the variables it is given", arguments: [nil, 1])
  func surroundings(ranks: Int?) async throws {
    try await withTemporaryDirectory { directory in
      let result = try await runRanks(
        executable: shell, arguments: ["-c", "echo $PWD $COLOUR"], ranks: ranks,
        environment: ["COLOUR": "green"], directory: directory)

      #expect(result.standardOutput == "\(directory.path) green\n")
    }
  }

  @Test("A temporary directory is there inside and gone afterwards")
  func temporaryDirectory() throws {
    let directory = try withTemporaryDirectory { directory in
      try Data([1]).write(to: directory.appendingPathComponent("file"))
      return directory
    }

    #expect(!FileManager.default.fileExists(atPath: directory.path))
  }
}
