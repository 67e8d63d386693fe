import Foundation
import Kernels
import TestSupport
import Testing

@Suite("holdfast doctor")
struct DoctorTests {
  private func findings(_ result: RankJobResult) throws -> [String: [String: Any]] {
    let list = try #require(try result.json()["findings"] as? [[String: Any]])
    return Dictionary(list.map { ($0["subject"] as? String ?? "", $0) }) { first, _ in first }
  }

  @Test("It looks at every rank and prints one object", arguments: [nil, 1, 2, 3])
  func ranks(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "doctor", "--json", "--threads", "1", ranks: ranks, data: data, directory: data)

      #expect(result.exitCode == 0)
      let facts = try #require(try result.json()["ranks"] as? [[String: Any]])
      #expect(facts.map { $0["rank"] as? Int } == (0..<(ranks ?? 1)).map { $0 })
      #expect(facts.allSatisfy { $0["launcher"] as? String == (ranks == nil ? "none" : "mpirun") })
      let findings = try findings(result)
      for subject in ["random numbers", "input gradient", "sums", "data mnist-5k", "program", "libraries"] {
        #expect(findings[subject]?["status"] as? String == "ok", "\(subject)")
      }
      #expect((findings["same bits"]?["status"] as? String) == ((ranks ?? 1) > 1 ? "ok" : nil))
    }
  }

  @Test(
    "Its checks pass on every instruction set of this CPU",
    arguments: InstructionSet.allCases.filter { $0 <= .supported })
  func instructionSets(set: InstructionSet) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        ["doctor", "--json"], data: data, directory: data, environment: ["HOLDFAST_INSTRUCTION_SET": "\(set)"]
      )

      #expect(result.exitCode == 0)
      #expect(try findings(result)["input gradient"]?["status"] as? String == "ok")
    }
  }

  @Test("Text is printed once, with a conclusion")
  func text() async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast("doctor", ranks: 2, data: data, directory: data)

      #expect(result.exitCode == 0)
      #expect(result.standardOutput.components(separatedBy: "rank 0 of 2 on ").count == 2)
      #expect(result.standardOutput.components(separatedBy: "rank 1 of 2 on ").count == 2)
      #expect(result.standardOutput.contains("no problems"))
    }
  }

  @Test("More threads than CPUs are warned of, and are no failure")
  func oversubscribed() async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "doctor", "--json", "--threads", "4096", ranks: 2, data: data, directory: data)

      #expect(result.exitCode == 0)
      let threads = try #require(try findings(result)["threads"])
      #expect(threads["status"] as? String == "warning")
      #expect((threads["summary"] as? String)?.contains("2 ranks with 8192 threads in all share") == true)
      #expect(try result.json()["status"] as? String == "warning")
    }
  }

  @Test("A launcher of another MPI is a problem")
  func foreignLauncher() async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        ["doctor", "--json"], data: data, directory: data, environment: ["PMI_SIZE": "4", "PMI_RANK": "0"])

      #expect(result.exitCode == 69)
      #expect(try findings(result)["launch"]?["status"] as? String == "problem")
    }
  }

  @Test("A place that takes no files is a problem with a remedy", arguments: [nil, 2])
  func unwritable(ranks: Int?) async throws {
    try await withTemporaryDirectory { data in
      let file = data.appendingPathComponent("file")
      try Data().write(to: file)

      let result = try await holdfast(
        "doctor", "--json", "--output", "\(file.path)/runs", ranks: ranks, data: data, directory: data)

      #expect(result.exitCode == 69)
      let output = try #require(try findings(result)["output"])
      #expect(output["status"] as? String == "problem")
      #expect((output["summary"] as? String)?.contains(file.path) == true && output["remedy"] != nil)
    }
  }

  @Test("Impossible options are usage errors", arguments: [["--threads", "0"], ["--output", ""]])
  func impossible(options: [String]) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["doctor"] + options, data: data)

      #expect(result.exitCode == 64 && result.standardError.contains(options[0]))
    }
  }
}
