import Foundation
import TestSupport
import Testing

@Suite("holdfast bench step")
struct BenchStepTests {
  @Test(
    "Options out of range, and methods whose steps are more than an attack, are refused",
    arguments: [["--threads", "0"], ["--microbatch", "0"], ["--attack", "trades"]])
  func wrong(options: [String]) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(["bench", "step", "--model", "mlp"] + options, data: data)

      #expect(result.exitCode == 64)
      #expect(result.standardError.contains("\(options[0]) is \(options[1])"), "\(result.standardError)")
    }
  }

  @Test("It prints one object whose times, rates and operations agree with each other", arguments: [1, 2])
  func object(ranks: Int) async throws {
    try await withTemporaryDirectory { data in
      let result = try await holdfast(
        "bench", "step", "--model", "mlp", "--attack", "pgd", "--steps", "2", "--batch", "64", "--microbatch",
        "16", "--threads", "1", "--repetitions", "3", "--json", ranks: ranks, data: data)

      #expect(result.exitCode == 0)
      let object = try result.json()
      for (key, value) in [("batch", 64), ("microbatch", 16), ("steps", 2), ("ranks", ranks), ("threads", 1)]
      {
        #expect(object[key] as? Int == value, "\(key)")
      }
      let rates = try #require(object["samples_per_second"] as? [String: Double])
      let seconds = try #require(object["step_seconds"] as? Double)
      let median = try #require(rates["median"])
      #expect(abs(median * seconds / 64 - 1) < 1e-9)

      let phases = try #require(object["phase_seconds"] as? [String: Double])
      #expect(Set(phases.keys) == ["attack", "gradient", "reduction", "update"])
      #expect(phases.values.allSatisfy { $0 >= 0 })
      #expect(phases["attack"] == object["attack_seconds"] as? Double)
      #expect(phases["reduction"] == object["reduce_seconds"] as? Double)

      // 784 x 100 and 100 x 10 weights: two passes forward and back, then all but the gradient by the image.
      let forward = 2.0 * (78_400 + 1_000)
      let operations = 64 * (2 * 2 * forward + 3 * forward - 2 * 78_400)
      let arithmetic = try #require(object["gflops"] as? [String: Double])
      let rate = try #require(arithmetic["step"])
      #expect(abs(rate * 1e9 * seconds / operations - 1) < 1e-9)
      let peak = try #require(arithmetic["peak"])
      let share = try #require(arithmetic["share_of_peak"])
      #expect(abs(share * peak * Double(ranks) / rate - 1) < 1e-9)

      let probes = try #require(object["probes"] as? [[String: Double]])
      #expect(probes.count == 2)
      for probe in probes {
        #expect(probe["workers"] == Double(ranks))
        #expect(try #require(probe["one_thread_gflops"]) > 0)
        #expect(try #require(probe["cores"]) > 0)
      }
    }
  }
}
