import Experiments
import Reports
import Testing

@Suite("Threads of ranks")
struct ThreadPlanTests {
  /// A rank on a host of eight CPUs.
  private static func rank(
    _ rank: Int, on affinity: String? = "0-7", host: String = "a", of reachable: Int = 8,
    requested: Int? = nil, quota: Double? = nil, launcher: String = "mpirun", openMP: String? = nil,
    threadsPerCore: Int = 1
  ) -> RankPlacement {
    RankPlacement(
      rank: rank,
      machine: Machine(
        host: host, cpu: nil, affinity: affinity, cpus: affinity.flatMap(Machine.cpuCount) ?? reachable),
      reachableCPUs: reachable, threadsPerCore: threadsPerCore, cpuQuota: quota, launcher: launcher,
      requestedThreads: requested, openMPThreads: openMP)
  }

  /// A job in the order of its ranks, and what is to come of it.
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let ranks: [RankPlacement]
    let threads: [Int]
    let headline: String
    /// Parts of the warning and its remedy; nil where nothing is to be warned of.
    var warning: [String]?
  }

  static let defaults = [
    Case(
      testDescription: "One process has all CPUs", ranks: [rank(0, launcher: "none")], threads: [8],
      headline: "1 rank x 8 threads on 8 CPUs of a"),
    Case(
      testDescription: "Ranks that are not bound divide the CPUs", ranks: [rank(0), rank(1)],
      threads: [4, 4],
      headline: "2 ranks x 4 threads on 8 CPUs of a"),
    Case(
      testDescription: "What does not divide is left over", ranks: [rank(0), rank(1), rank(2)],
      threads: [2, 2, 2], headline: "3 ranks x 2 threads on 8 CPUs of a"),
    Case(
      testDescription: "Thirds add up",
      ranks: [rank(0, on: "0-2", of: 3), rank(1, on: "0-2", of: 3), rank(2, on: "0-2", of: 3)],
      threads: [1, 1, 1], headline: "3 ranks x 1 thread on 3 CPUs of a"),
    Case(
      testDescription: "Ranks bound to CPUs of their own have these",
      ranks: [rank(0, on: "0-3"), rank(1, on: "4-7")],
      threads: [4, 4], headline: "2 ranks x 4 threads on 8 CPUs of a"),
    Case(
      testDescription: "Two ranks on each of two sockets",
      ranks: [rank(0, on: "0-3"), rank(1, on: "4-7"), rank(2, on: "0-3"), rank(3, on: "4-7")],
      threads: [2, 2, 2, 2], headline: "4 ranks x 2 threads on 8 CPUs of a"),
    Case(
      testDescription: "Masks that overlap share what they have in common",
      ranks: [rank(0, on: "0-3"), rank(1, on: "2-7")], threads: [3, 5],
      headline: "2 ranks x 3 to 5 threads on 8 CPUs of a"),
    Case(
      testDescription: "Without masks the ranks of a host divide its CPUs",
      ranks: [rank(0, on: nil), rank(1, on: nil)], threads: [4, 4],
      headline: "2 ranks x 4 threads on 8 CPUs of a"),
    Case(
      testDescription: "Hosts do not share",
      ranks: [rank(0), rank(1, host: "b"), rank(2, host: "b"), rank(3, on: "0-1", host: "c", of: 2)],
      threads: [8, 4, 4, 2],
      headline: "1 rank x 8 threads on 8 CPUs of a, 2 ranks x 4 threads on 8 CPUs of b, "
        + "1 rank x 2 threads on 2 CPUs of c"),
    Case(
      testDescription: "Ranks dealt out in turn are those of their hosts",
      ranks: [rank(0), rank(1, host: "b"), rank(2), rank(3, host: "b")], threads: [4, 4, 4, 4],
      headline: "2 ranks x 4 threads on 8 CPUs of each of 2 hosts"),
    Case(
      testDescription: "A container's time is divided",
      ranks: [rank(0, quota: 4), rank(1, quota: 4)], threads: [2, 2],
      headline: "2 ranks x 2 threads on 8 CPUs of a"),
    Case(
      testDescription: "A generous quota changes nothing", ranks: [rank(0, quota: 64)], threads: [8],
      headline: "1 rank x 8 threads on 8 CPUs of a"),
    Case(
      testDescription: "mpirun's default on a host of two CPUs",
      ranks: [rank(0, on: "0", of: 2), rank(1, on: "1", of: 2)], threads: [1, 1],
      headline: "2 ranks x 1 thread on 2 CPUs of a"),
    Case(
      testDescription: "More ranks than CPUs have a thread each, and are warned of",
      ranks: (0..<3).map { rank($0, on: "0-1", of: 2) }, threads: [1, 1, 1],
      headline: "3 ranks x 1 thread on 2 CPUs of a",
      warning: ["3 ranks with 3 threads in all share 2 CPUs of a", "start 2 ranks there at most"]),
    Case(
      testDescription: "mpirun's default leaves the other CPUs of one rank idle", ranks: [rank(0, on: "0")],
      threads: [1], headline: "1 rank x 1 thread on 1 CPU of a",
      warning: ["bound to 1 of 8 CPUs", "--bind-to none or --map-by slot:PE=8"]),
    Case(
      testDescription: "A core that has two hardware threads counts once for PE",
      ranks: [rank(0, on: "0,4", threadsPerCore: 2)], threads: [2],
      headline: "1 rank x 2 threads on 2 CPUs of a", warning: ["bound to 2 of 8 CPUs", "slot:PE=4"]),
    Case(
      testDescription: "A scheduler's binding is its own affair", ranks: [rank(0, on: "0", launcher: "srun")],
      threads: [1], headline: "1 rank x 1 thread on 1 CPU of a"),
    Case(
      testDescription: "The same on many hosts is said once",
      ranks: [rank(0, on: "0"), rank(1, on: "0", host: "b"), rank(2, on: "0", host: "c")],
      threads: [1, 1, 1],
      headline: "1 rank x 1 thread on 1 CPU of each of 3 hosts",
      warning: ["the ranks on a are bound to 1 of 8 CPUs", "(and 2 other hosts likewise)"]),
  ]

  static let requests = [
    Case(
      testDescription: "Threads that have CPUs are no fight",
      ranks: [rank(0, requested: 4), rank(1, requested: 4)], threads: [4, 4],
      headline: "2 ranks x 4 threads on 8 CPUs of a"),
    Case(
      testDescription: "Fewer threads than CPUs are somebody's wish", ranks: [rank(0, requested: 1)],
      threads: [1], headline: "1 rank x 1 thread on 8 CPUs of a"),
    Case(
      testDescription: "Threads beyond the CPUs fight, over all ranks of a host",
      ranks: [rank(0, requested: 4), rank(1, requested: 5)], threads: [4, 5],
      headline: "2 ranks x 4 to 5 threads on 8 CPUs of a",
      warning: [
        "2 ranks with 9 threads in all share 8 CPUs of a", "say --threads 4", "only wait for each other",
      ]),
    Case(
      testDescription: "One rank can be too many as well", ranks: [rank(0, requested: 9, launcher: "none")],
      threads: [9], headline: "1 rank x 9 threads on 8 CPUs of a", warning: ["9 threads share 8 CPUs of a"]),
    Case(
      testDescription: "Several threads bound to one CPU are named with rank and CPU, and not twice",
      ranks: [
        rank(0, on: "0", of: 2, requested: 1), rank(1, on: "1", of: 2, requested: 3),
      ], threads: [1, 3], headline: "2 ranks x 1 to 3 threads on 2 CPUs of a",
      warning: ["rank 1 on a runs 3 threads and is bound to CPU 1 (1 of 2)", "leave --threads out"]),
    Case(
      testDescription: "Threads for which the host has CPUs need another binding",
      ranks: [rank(0, on: "0", requested: 3), rank(1, on: "1", requested: 3)], threads: [3, 3],
      headline: "2 ranks x 3 threads on 2 CPUs of a",
      warning: ["rank 0 on a runs 3 threads and is bound to CPU 0 (1 of 8)", "slot:PE=3, or leave"]),
    Case(
      testDescription: "Threads for which it has not need to be fewer besides",
      ranks: [rank(0, on: "0-1", requested: 6), rank(1, on: "2-4", requested: 6)], threads: [6, 6],
      headline: "2 ranks x 6 threads on 5 CPUs of a",
      warning: ["bound to CPU 0-1 (2 of 8)", "slot:PE=4, and say --threads 4"]),
    Case(
      testDescription: "A container's quota is less than its CPUs",
      ranks: [rank(0, requested: 4, quota: 2.5)],
      threads: [4], headline: "1 rank x 4 threads on 8 CPUs of a",
      warning: ["4 threads on a, whose container may use the time of 2.5 CPUs"]),
    Case(
      testDescription: "OMP_NUM_THREADS that means something else is pointed out",
      ranks: [rank(0, openMP: "2")], threads: [8], headline: "1 rank x 8 threads on 8 CPUs of a",
      warning: ["OMP_NUM_THREADS=2 has no effect", "a rank's 8 come from its CPUs", "say --threads 2"]),
    Case(
      testDescription: "OMP_NUM_THREADS beside --threads too",
      ranks: [rank(0, requested: 8, openMP: "4,2")], threads: [8],
      headline: "1 rank x 8 threads on 8 CPUs of a",
      warning: ["OMP_NUM_THREADS=4,2", "come from --threads", "unset it"]),
    Case(
      testDescription: "OMP_NUM_THREADS that agrees is not", ranks: [rank(0, requested: 1, openMP: "1")],
      threads: [1], headline: "1 rank x 1 thread on 8 CPUs of a"),
  ]

  @Test("Threads, headline and warning follow from where the ranks are", arguments: defaults + requests)
  func plan(case test: Case) {
    let plan = ThreadPlan(test.ranks)

    #expect(plan.threads == test.threads)
    #expect(plan.headline == test.headline)
    #expect(plan.findings.count == (test.warning == nil ? 0 : 1), "\(plan.findings)")
    for (finding, parts) in zip(plan.findings, [test.warning ?? []]) {
      #expect(finding.status == .warning)
      for part in parts { #expect("\(finding.summary): \(finding.remedy ?? "")".contains(part)) }
    }
  }

  @Test("A rank that idles CPUs while it ignores OMP_NUM_THREADS gets both warnings")
  func both() {
    let plan = ThreadPlan([Self.rank(0, on: "0", openMP: "8")])

    #expect(plan.threads == [1])
    #expect(plan.findings.map { $0.summary.prefix(9) } == ["the ranks", "OMP_NUM_T"])
  }
}
