import Foundation
import TestSupport
import Testing

@Suite("holdfast bench allreduce")
struct BenchAllreduceTests {
  @Test("It prints one object with both times and their ratio", arguments: [2, 3])
  func ranks(ranks: Int) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "bench", "allreduce", "--elements", "100003", "--repetitions", "5", "--json", ranks: ranks, data: data
      )

      #expect(result.exitCode == 0)
      #expect(result.messages == [])
      let object = try result.json()
      #expect(object["ranks"] as? Int == ranks)
      // Whole vector registers.
      #expect(object["elements"] as? Int == 100_016)
      #expect(object["megabytes"] as? Double == 0.400064)
      #expect(object["repetitions"] as? Int == 5)
      #expect(!(try #require(object["path"] as? String)).isEmpty)
      var medians: [Double] = []
      for name in ["allreduce", "reduction"] {
        let spread = try #require(object["\(name)_ms"] as? [String: Double])
        let (median, least, most) = (
          try #require(spread["median"]), try #require(spread["min"]), try #require(spread["max"])
        )
        #expect(0 < least && least <= median && median <= most)
        let rate = try #require(object["\(name)_gb_per_second"] as? Double)
        #expect(abs(rate * median / 0.400064 - 1) < 1e-9)
        medians.append(median)
      }
      let probes = try #require(object["probes"] as? [[String: Double]])
      #expect(probes.map { $0["workers"] } == [Double(ranks), Double(ranks)])
      let ratio = try #require(object["ratio"] as? Double)
      #expect(abs(ratio * medians[0] / medians[1] - 1) < 1e-9)
    }
  }

  @Test("One process has no ratio")
  func alone() async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "bench", "allreduce", "--megabytes", "0.4", "--repetitions", "3", "--json", data: data)

      #expect(result.exitCode == 0)
      let object = try result.json()
      #expect(object["ranks"] as? Int == 1)
      #expect(object["elements"] as? Int == 100_000)
      #expect(object["ratio"] is NSNull)
    }
  }

  @Test(
    "Impossible sizes are usage errors",
    arguments: [
      ["--elements", "0"], ["--megabytes", "0"], ["--megabytes", "nan"], ["--repetitions", "0"],
    ])
  func usage(arguments: [String]) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["bench", "allreduce"] + arguments, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.contains("\(arguments[0]) is "))
    }
  }
}
