import Checkpoints
import Foundation
import Kernels
import MessagePassing
package import Reports

/// What the doctor learns on one rank.
package struct RankFacts: Codable, Equatable, Sendable {
  /// The rank.
  package var rank: Int
  /// The host, the CPU model and the CPUs that the rank is bound to.
  package var machine: Machine
  /// The CPUs that the rank could have, were it not bound to some of them.
  package var reachableCPUs: Int
  /// The hardware threads of a core.
  package var threadsPerCore: Int
  /// The threads that a run would use on the rank.
  package var threads: Int
  /// What `OMP_NUM_THREADS` says; nil if it is not set.
  package var openMPThreads: String?
  /// The vector instructions in use.
  package var instructionSet: String
  /// The best that the CPU has.
  package var supportedInstructionSet: String
  /// What `HOLDFAST_INSTRUCTION_SET` asks for; nil if it is not set.
  package var requestedInstructionSet: String?
  /// The versions of the program and of what it was built and linked with, by name.
  package var versions: [String: String]
  /// The file that oneDNN was loaded from; nil where the kernel does not tell.
  package var oneDNNPath: String?
  /// The SHA-256 of the program file; empty where it cannot be read.
  package var executable: String
  /// Who started the process.
  package var launcher: String
  /// How many processes the launcher says there are; nil without one.
  package var launchedProcesses: Int?
  /// Whether mpirun would refuse to start anything for this user.
  package var isUnwelcomeRoot: Bool
  /// What the system allows the rank.
  package var limits: SystemLimits
  /// Where the programs are that Holdfast calls or is started by, by name.
  package var tools: [String: String]
  /// What the mpirun on `PATH` says of its version; asked on the first rank of each host.
  package var mpirunVersion: String?
  /// How the rank's computations came out.
  package var checks: [SelfCheck]

  /// Puts facts together.
  package init(
    placement: RankPlacement, threads: Int, instructionSet: String, supportedInstructionSet: String,
    requestedInstructionSet: String? = nil, versions: [String: String], oneDNNPath: String? = nil,
    executable: String, launchedProcesses: Int? = nil, isUnwelcomeRoot: Bool, limits: SystemLimits,
    tools: [String: String], mpirunVersion: String? = nil, checks: [SelfCheck]
  ) {
    rank = placement.rank
    machine = placement.machine
    reachableCPUs = placement.reachableCPUs
    threadsPerCore = placement.threadsPerCore
    self.threads = threads
    openMPThreads = placement.openMPThreads
    self.instructionSet = instructionSet
    self.supportedInstructionSet = supportedInstructionSet
    self.requestedInstructionSet = requestedInstructionSet
    self.versions = versions
    self.oneDNNPath = oneDNNPath
    self.executable = executable
    launcher = placement.launcher
    self.launchedProcesses = launchedProcesses
    self.isUnwelcomeRoot = isUnwelcomeRoot
    self.limits = limits
    self.tools = tools
    self.mpirunVersion = mpirunVersion
    self.checks = checks
  }

  /// The host's name.
  var host: String { machine.host }

  /// Where the rank runs, with the number of its threads decided.
  var placement: RankPlacement {
    RankPlacement(
      rank: rank, machine: machine, reachableCPUs: reachableCPUs, threadsPerCore: threadsPerCore,
      cpuQuota: limits.cpuQuota, launcher: launcher, requestedThreads: threads, openMPThreads: openMPThreads)
  }
}

extension RankFacts {
  /// The programs that are looked for.
  static let toolNames = ["mpirun", "curl", "pkg-config"]

  /// Looks at this rank, on which a run would have so many threads.
  static func gather(
    version: String, placement: RankPlacement, threads: Int, on communicator: Communicator
  ) -> RankFacts {
    let environment = ProcessInfo.processInfo.environment
    let tools = ToolSearch(environment: environment)
    return RankFacts(
      placement: placement, threads: threads,
      instructionSet: InstructionSet.selected.description,
      supportedInstructionSet: InstructionSet.supported.description,
      requestedInstructionSet: environment["HOLDFAST_INSTRUCTION_SET"],
      versions: [
        "holdfast": version, "swift": RunManifest.swiftVersion, "oneDNN": OneDNN.version,
        "oneDNNHeaders": OneDNN.headerVersion,
        "mpi": MPILibrary.name, "mpiStandard": MPILibrary.standard,
      ],
      oneDNNPath: OneDNN.libraryPath,
      executable: (try? Checksum.sha256(ofFile: "/proc/self/exe")) ?? "",
      launchedProcesses: LaunchEnvironment.current.size,
      isUnwelcomeRoot: geteuid() == 0
        && (environment["OMPI_ALLOW_RUN_AS_ROOT"] == nil
          || environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] == nil),
      limits: SystemLimits.current(),
      tools: Dictionary(
        uniqueKeysWithValues: toolNames.compactMap { name in tools.path(of: name).map { (name, $0) } }),
      mpirunVersion: communicator.localRank == 0 ? tools.mpirunVersion() : nil,
      checks: SelfCheck.runAll())
  }
}
