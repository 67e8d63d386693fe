import Foundation
import MessagePassing
package import Reports

/// Where a rank runs and what it was told about threads: all that the choice of their number depends on.
package struct RankPlacement: Codable, Equatable, Sendable {
  /// The rank.
  package var rank: Int
  /// The host and the CPUs that the affinity mask leaves.
  package var machine: Machine
  /// The CPUs that the rank could have: those of its launcher, before that bound the rank to some of them.
  package var reachableCPUs: Int
  /// The hardware threads of a core.
  package var threadsPerCore: Int
  /// How many CPUs' time the rank's container may use; nil without a limit.
  package var cpuQuota: Double?
  /// Who started the process.
  package var launcher: String
  /// The threads that the command line asks for; nil if it does not.
  package var requestedThreads: Int?
  /// What `OMP_NUM_THREADS` says; nil if it is not set.
  package var openMPThreads: String?

  /// Puts facts together.
  package init(
    rank: Int, machine: Machine, reachableCPUs: Int, threadsPerCore: Int = 1, cpuQuota: Double? = nil,
    launcher: String, requestedThreads: Int? = nil, openMPThreads: String? = nil
  ) {
    self.rank = rank
    self.machine = machine
    self.reachableCPUs = reachableCPUs
    self.threadsPerCore = threadsPerCore
    self.cpuQuota = cpuQuota
    self.launcher = launcher
    self.requestedThreads = requestedThreads
    self.openMPThreads = openMPThreads
  }

  /// The host's name.
  var host: String { machine.host }
  /// The CPUs that the affinity mask leaves, by number; nil where the kernel does not tell.
  var cpuSet: Set<Int>? { machine.affinity.flatMap(Machine.cpuSet) }
}

extension RankPlacement {
  /// Looks at this rank.
  static func current(requestedThreads: Int?, on communicator: Communicator) -> RankPlacement {
    var machine = Machine.current()
    machine.host = communicator.hostName
    let limits = SystemLimits.current()
    let firstCPU = machine.affinity.flatMap(Machine.cpuSet)?.min() ?? 0
    let siblings = text("/sys/devices/system/cpu/cpu\(firstCPU)/topology/thread_siblings_list")
    return RankPlacement(
      rank: communicator.rank, machine: machine,
      reachableCPUs: max(launcherCPUs() ?? limits.hostCPUs, machine.cpus),
      threadsPerCore: Machine.cpuCount(siblings.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 1,
      cpuQuota: limits.cpuQuota, launcher: LaunchEnvironment.current.launcher.rawValue,
      requestedThreads: requestedThreads,
      openMPThreads: ProcessInfo.processInfo.environment["OMP_NUM_THREADS"])
  }

  /// The CPUs of the mpirun, or of its daemon on this host, that this process descends from.
  ///
  /// In a container or under a scheduler they are fewer than the host's.
  private static func launcherCPUs() -> Int? {
    let names: Set = ["mpirun", "mpiexec", "orterun", "orted", "prterun", "prted", "prte"]
    var process = "\(getppid())"
    // A wrapper script or two may stand between.
    for _ in 0..<8 {
      let status = text("/proc/\(process)/status")
      guard let name = Machine.entry("Name", in: status), let parent = Machine.entry("PPid", in: status)
      else {
        return nil
      }
      if names.contains(name) {
        return Machine.entry("Cpus_allowed_list", in: status).flatMap(Machine.cpuCount)
      }
      process = parent
    }
    return nil
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
