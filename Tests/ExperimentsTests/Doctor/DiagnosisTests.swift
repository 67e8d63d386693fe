import Experiments
import Reports
import Testing

@Suite("Diagnosis of the facts of all ranks")
struct DiagnosisTests {
  /// A rank of a healthy job on hosts of four CPUs.
  private func rank(
    _ rank: Int, host: String = "a", affinity: String = "0-3", threads: Int = 2, launcher: String = "mpirun"
  ) -> RankFacts {
    RankFacts(
      placement: RankPlacement(
        rank: rank,
        machine: Machine(host: host, cpu: "CPU", affinity: affinity, cpus: Machine.cpuCount(affinity) ?? 0),
        reachableCPUs: 4, launcher: launcher),
      threads: threads, instructionSet: "avx2", supportedInstructionSet: "avx2",
      versions: [
        "holdfast": "1", "swift": "6.3", "oneDNN": "2.6.3", "oneDNNHeaders": "2.6.3",
        "mpi": "Open MPI v4.1.4", "mpiStandard": "3.1",
      ],
      oneDNNPath: "/usr/lib/libdnnl.so.2.6", executable: "ab", launchedProcesses: nil, isUnwelcomeRoot: false,
      limits: SystemLimits(
        hostCPUs: 4, memory: 8 << 30, availableMemory: 8 << 30, sharedMemory: 1 << 30,
        availableSharedMemory: 1 << 30),
      tools: ["mpirun": "/bin/mpirun", "curl": "/bin/curl", "pkg-config": "/bin/pkg-config"],
      mpirunVersion: "mpirun (Open MPI) 4.1.4",
      checks: [SelfCheck(name: "input gradient", passed: true, detail: "right", fingerprint: "12")])
  }

  /// Two ranks on one host, the second changed.
  private func pair(_ change: (inout RankFacts) -> Void) -> [RankFacts] {
    var second = rank(1)
    change(&second)
    return [rank(0), second]
  }

  private func both(_ change: (inout RankFacts) -> Void) -> [RankFacts] {
    [rank(0), rank(1)].map { facts in
      var facts = facts
      change(&facts)
      return facts
    }
  }

  /// What is not as it should be.
  private func complaints(_ ranks: [RankFacts]) -> [Finding] {
    Diagnosis(ranks).findings.filter { $0.status != .ok }
  }

  /// The one finding that is not as it should be.
  private func complaint(_ ranks: [RankFacts]) throws -> Finding {
    let all = complaints(ranks)
    try #require(all.count == 1, "\(all)")
    return all[0]
  }

  @Test("A healthy job gives no reason to complain, alone, on one host and on two")
  func healthy() {
    #expect(complaints([rank(0, threads: 4, launcher: "none")]).isEmpty)
    #expect(complaints([rank(0), rank(1)]).isEmpty)
    #expect(complaints([rank(0), rank(1), rank(2, host: "b"), rank(3, host: "b")]).isEmpty)
    #expect(complaints([rank(0, affinity: "0-1"), rank(1, affinity: "2-3")]).isEmpty)
    #expect(DoctorReport(Diagnosis([rank(0)]).findings, ranks: [rank(0)]).exitCode == 0)
  }

  @Test("More threads than CPUs on a host are counted over its ranks, and over no others")
  func crowded() throws {
    let finding = try complaint([
      rank(0, threads: 3), rank(1, threads: 3), rank(2, host: "b", threads: 4),
    ])

    #expect(finding.status == .warning && finding.subject == "threads")
    #expect(finding.summary.contains("2 ranks with 6 threads in all share 4 CPUs of a"))
  }

  @Test("Several threads bound to one CPU are named with rank, CPU and remedy")
  func boundToOneCore() throws {
    let findings = complaints([rank(0, affinity: "2", threads: 3)])

    let finding = try #require(findings.first)
    #expect(finding.summary.contains("runs 3 threads and is bound to CPU 2 (1 of 4)"))
    #expect(finding.remedy?.contains("--bind-to none") == true && finding.remedy?.contains("PE=3") == true)
  }

  @Test("CPUs that mpirun's binding leaves idle are counted")
  func idle() throws {
    let finding = try complaint([
      rank(0, affinity: "0", threads: 1), rank(1, affinity: "1", threads: 1),
    ])

    #expect(finding.status == .warning && finding.summary.contains("bound to 2 of 4 CPUs"))
    #expect(finding.remedy?.contains("PE=2") == true)
  }

  @Test("A container's share of the CPUs counts")
  func quota() throws {
    let finding = try complaint(both { $0.limits.cpuQuota = 1.5 })

    #expect(finding.summary.contains("4 threads on a, whose container may use the time of 1.5 CPUs"))
  }

  @Test("Processes that MPI did not join are a problem of the launcher")
  func foreignLauncher() throws {
    var alone = rank(0, launcher: "foreign")
    alone.launchedProcesses = 4

    let finding = try complaint([alone])

    #expect(finding.status == .problem && finding.subject == "launch")
    #expect(finding.summary.contains("4 processes were started, and each of them runs alone"))
    #expect(DoctorReport([finding], ranks: [alone]).exitCode == 69)
  }

  @Test("The mpirun of another MPI is a problem, that of another version a warning")
  func otherLauncher() throws {
    let other = try complaint(pair { $0.mpirunVersion = "HYDRA build details:" })
    #expect(other.status == .problem && other.subject == "mpirun" && other.summary.contains("HYDRA"))

    let newer = try complaint(pair { $0.mpirunVersion = "mpirun (Open MPI) 5.0.3" })
    #expect(newer.status == .warning && newer.summary.contains("linked with Open MPI v4.1.4"))
  }

  @Test("Another version or build on one rank is a problem that names the rank")
  func differentSoftware() throws {
    let library = try complaint(pair { $0.versions["oneDNN"] = "3.4.0" })
    #expect(library.status == .problem && library.subject == "libraries")
    #expect(library.summary == "rank 1 on a differs from rank 0: oneDNN 3.4.0 instead of 2.6.3")

    let program = try complaint(pair { $0.executable = "cd" })
    #expect(program.status == .problem && program.subject == "program")
    #expect(program.summary.contains("rank 1 on a"))
  }

  @Test("An MPI older than 3.0 is a problem")
  func oldStandard() throws {
    let finding = try complaint(both { $0.versions["mpiStandard"] = "2.2" })

    #expect(finding.status == .problem && finding.summary.contains("MPI 3.0 or later"))
  }

  @Test("Mixed CPUs and instruction sets are warnings with a common choice")
  func mixedProcessors() throws {
    #expect(try complaint(pair { $0.machine.cpu = "Other" }).subject == "processor")
    let finding = try complaint(pair { $0.instructionSet = "portable" })
    #expect(finding.remedy == "set HOLDFAST_INSTRUCTION_SET=portable on all hosts")
  }

  @Test("An instruction set that was asked for and is not used is pointed out")
  func requestedInstructionSet() throws {
    let finding = try complaint(both { $0.requestedInstructionSet = "avx1024" })

    #expect(finding.status == .warning && finding.summary.contains("asks for 'avx1024'"))
    #expect(complaints(both { $0.requestedInstructionSet = "avx2" }).isEmpty)
    #expect(try complaint(both { $0.supportedInstructionSet = "avx512" }).summary.contains("has avx512"))
  }

  @Test("A failed computation is the program's own problem")
  func wrongComputation() throws {
    let ranks = pair {
      $0.checks[0].passed = false
      $0.checks[0].detail = "off by 0.5"
    }
    let finding = try complaint(ranks)

    #expect(finding.status == .problem && finding.summary == "rank 1 on a: off by 0.5")
    #expect(DoctorReport([finding], ranks: ranks).exitCode == 70)
  }

  @Test("Ranks that compute other bits are named")
  func otherBits() throws {
    let finding = try complaint(pair { $0.checks[0].fingerprint = "34" })

    #expect(finding.status == .warning && finding.subject == "same bits")
    #expect(finding.summary.contains("rank 1 on a"))
  }

  @Test("Little memory, little shared memory and none are warnings")
  func memory() throws {
    #expect(try complaint(both { $0.limits.availableMemory = 1 << 20 }).subject == "memory")
    let small = try complaint(both { $0.limits.availableSharedMemory = 8 << 20 })
    #expect(small.subject == "shared memory" && small.summary.contains("8.4 MB left"))
    let none = try complaint(both { $0.limits.availableSharedMemory = nil })
    #expect(none.summary.contains("no /dev/shm"))
  }

  @Test("Missing programs are listed with what they are for and how to get them")
  func tools() throws {
    let finding = try complaint(both { $0.tools = ["mpirun": "/bin/mpirun"] })

    #expect(finding.status == .warning && finding.summary.contains("curl is not on PATH"))
    #expect(finding.remedy == "apt-get install curl pkg-config")
  }

  @Test("Root is warned before mpirun refuses, and not when mpirun did start it")
  func root() throws {
    var alone = rank(0, threads: 4, launcher: "none")
    alone.isUnwelcomeRoot = true
    #expect(try complaint([alone]).summary.contains("refuses"))
    #expect(complaints(both { $0.isUnwelcomeRoot = true }).isEmpty)
  }

  @Test("The report ends with a count, and its status is that of the worst finding")
  func report() {
    let ranks = pair { $0.versions["oneDNN"] = "3.4.0" }
    let report = DoctorReport(Diagnosis(ranks).findings, ranks: ranks)

    #expect(report.status == .problem && report.exitCode == 69)
    #expect(report.description.hasSuffix("\n1 problem, no warnings"))
    #expect(report.description.contains("-> install the same versions on all hosts"))
  }
}
