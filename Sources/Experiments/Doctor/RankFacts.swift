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
  /// The threads that a run would use on the rank.
  package var threads: Int
  /// The vector instructions in use.
  package var instructionSet: String
  /// The best that the CPU has.
  package var supportedInstructionSet: String
  /// What `HOLDFAST_INSTRUCTION_SET` asks for; nil if it is not set.
  package var requestedInstructionSet: String?
  /// The versions of the program and of what it was built and linked with, by name.
  package var versions: [String: String]
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
    rank: Int, machine: Machine, threads: Int, instructionSet: String, supportedInstructionSet: String,
    requestedInstructionSet: String? = nil, versions: [String: String], executable: String, launcher: String,
    launchedProcesses: Int? = nil, isUnwelcomeRoot: Bool, limits: SystemLimits, tools: [String: String],
    mpirunVersion: String? = nil, checks: [SelfCheck]
  ) {
    self.rank = rank
    self.machine = machine
    self.threads = threads
    self.instructionSet = instructionSet
    self.supportedInstructionSet = supportedInstructionSet
    self.requestedInstructionSet = requestedInstructionSet
    self.versions = versions
    self.executable = executable
    self.launcher = launcher
    self.launchedProcesses = launchedProcesses
    self.isUnwelcomeRoot = isUnwelcomeRoot
    self.limits = limits
    self.tools = tools
    self.mpirunVersion = mpirunVersion
    self.checks = checks
  }

  /// The host's name.
  var host: String { machine.host }
}

extension RankFacts {
  /// The programs that are looked for.
  static let toolNames = ["mpirun", "curl", "pkg-config"]

  /// Looks at this rank.
  static func gather(version: String, threads: Int, on communicator: Communicator) -> RankFacts {
    let environment = ProcessInfo.processInfo.environment
    let tools = ToolSearch(environment: environment)
    let launch = LaunchEnvironment.current
    var machine = Machine.current()
    machine.host = communicator.hostName
    return RankFacts(
      rank: communicator.rank, machine: machine, threads: threads,
      instructionSet: InstructionSet.selected.description,
      supportedInstructionSet: InstructionSet.supported.description,
      requestedInstructionSet: environment["HOLDFAST_INSTRUCTION_SET"],
      versions: [
        "holdfast": version, "swift": RunManifest.swiftVersion, "oneDNN": OneDNN.version,
        "mpi": MPILibrary.name, "mpiStandard": MPILibrary.standard,
      ],
      executable: (try? Checksum.sha256(ofFile: "/proc/self/exe")) ?? "",
      launcher: launch.launcher.rawValue, launchedProcesses: launch.size,
      isUnwelcomeRoot: geteuid() == 0
        && (environment["OMPI_ALLOW_RUN_AS_ROOT"] == nil
          || environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] == nil),
      limits: SystemLimits.current(),
      tools: Dictionary(
        uniqueKeysWithValues: toolNames.compactMap { name in tools.path(of: name).map { (name, $0) } }),
      mpirunVersion: communicator.localRank == 0 ? tools.mpirunVersion() : nil,
      checks: SelfCheck.runAll())
  }

  /// The facts of all ranks, on all ranks.
  func shared(on communicator: Communicator) throws -> [RankFacts] {
    try communicator.allGather(String(decoding: JSONEncoder().encode(self), as: UTF8.self)).map {
      try JSONDecoder().decode(RankFacts.self, from: Data($0.utf8))
    }
  }
}
