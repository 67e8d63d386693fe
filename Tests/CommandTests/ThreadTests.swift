import Foundation
import TestSupport
import Testing

/// The warning depends on the CPUs that this test may use.
private let cpus = ProcessInfo.processInfo.activeProcessorCount

@Suite("Threads under mpirun")
struct ThreadTests {
  private func bench(threads: Int?, environment: [String: String] = [:]) async throws -> RankJobResult {
    let threads = threads.map { ["--threads", "\($0)"] } ?? []
    return try await withTemporaryDirectory { data in
      try await runHoldfast(
        ["bench", "step", "--model", "mlp", "--attack", "fgsm", "--batch", "64", "--repetitions", "1"]
          + threads,
        ranks: 2, data: data, environment: environment)
    }
  }

  private func warnings(_ result: RankJobResult) -> [String] {
    result.messages.filter { $0.contains("warning") }
  }

  @Test("Two ranks with more threads than CPUs are warned of once, and run")
  func fight() async throws {
    let threads = max(4, cpus)

    let result = try await bench(threads: threads)

    #expect(result.exitCode == 0, "\(result.standardError)")
    try #require(warnings(result).count == 1, "\(result.standardError)")
    #expect(warnings(result)[0].contains("2 ranks with \(2 * threads) threads in all share \(cpus) CPU"))
    #expect(result.messages.contains { $0.contains("2 ranks x \(threads) threads on \(cpus) CPU") })
  }

  @Test(
    "Two ranks with a thread each, or as many as they choose, are not warned of",
    .enabled(if: cpus >= 2, "two ranks need two CPUs"), arguments: [1, nil])
  func peace(threads: Int?) async throws {
    let result = try await bench(threads: threads)

    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(warnings(result).isEmpty)
    let count = threads ?? cpus / 2
    #expect(
      result.messages.contains {
        $0.contains("2 ranks x \(count) thread\(count == 1 ? "" : "s") on \(cpus) CPUs")
      })
  }

  @Test("OMP_NUM_THREADS is said to have no effect")
  func openMP() async throws {
    let wish = "\(cpus + 1)"

    let result = try await bench(threads: 1, environment: ["OMP_NUM_THREADS": wish])

    #expect(result.exitCode == 0, "\(result.standardError)")
    #expect(warnings(result).contains { $0.contains("OMP_NUM_THREADS=\(wish) has no effect") })
  }
}
