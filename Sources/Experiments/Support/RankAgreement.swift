import Checkpoints
import Kernels
import MessagePassing
import Reports

/// What the ranks of a job settle before anything is computed: that all run the same program with the same libraries,
/// and the instruction set they share.
struct RankAgreement {
  /// What users should know, the same on all ranks.
  let warnings: [String]

  /// Agrees; all ranks call, before the first kernel is made.
  ///
  /// - Throws: A failure of all ranks naming the first rank whose program or libraries are not those of rank 0.
  init(on communicator: Communicator) throws {
    guard communicator.size > 1 else {
      warnings = []
      return
    }
    let program = try communicator.agree { try Checksum.sha256(ofFile: "/proc/self/exe") }
    try communicator.requireSame([
      ("program file", "SHA-256 \(program)"), ("oneDNN version", OneDNN.version),
      ("MPI library", MPILibrary.name),
    ])
    let sets = try communicator.allGather(InstructionSet.preferred.rawValue).map {
      InstructionSet(rawValue: $0) ?? .portable
    }
    let cpus = try communicator.allGather(Machine.current().cpu ?? "unknown")
    let hosts = try communicator.allGather(communicator.hostName)
    let lowest = sets.min() ?? .portable
    InstructionSet.lower(to: lowest)

    var warnings: [String] = []
    if let lower = sets.firstIndex(of: lowest), let higher = sets.firstIndex(where: { $0 != lowest }) {
      warnings.append(
        "all ranks use \(lowest), which is the best of rank \(lower) on \(hosts[lower]), though rank \(higher) on "
          + "\(hosts[higher]) has \(sets[higher]): the bits are those of a run with \(lowest) everywhere")
    }
    if let other = cpus.firstIndex(where: { $0 != cpus[0] }) {
      warnings.append(
        "rank \(other) on \(hosts[other]) has another CPU (\(cpus[other])) than rank 0 on \(hosts[0]) (\(cpus[0])): "
          + "the same bits are promised for equal CPUs only")
    }
    self.warnings = warnings
  }
}
