internal import Foundation

/// What the environment says about how this process was started, known before MPI is initialised.
public struct LaunchEnvironment: Sendable, Equatable {
  /// Who started the process.
  public enum Launcher: String, Sendable {
    /// Nobody: the process is alone.
    case none
    /// Open MPI's `mpirun`.
    case mpirun
    /// Slurm's `srun --mpi=pmix`.
    case srun
    /// The launcher of another MPI, or `srun` without PMIx: Open MPI cannot join such processes.
    case foreign
  }

  /// Who started the process.
  public let launcher: Launcher
  /// This process's number, nil without a launcher.
  public let rank: Int?
  /// The number of processes, nil without a launcher.
  public let size: Int?
  /// This process's number among those on the same host, where the launcher says.
  public let localRank: Int?

  /// The variable that gave `size`, for messages.
  private let sizeVariable: String?

  /// The environment of this process.
  public static let current = LaunchEnvironment(ProcessInfo.processInfo.environment)

  /// Reads the variables launchers set; the first launcher found wins, Open MPI's own first.
  ///
  /// - Parameter environment: variables and their values.
  public init(_ environment: [String: String]) {
    func integer(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }

    if environment["OMPI_COMM_WORLD_SIZE"] != nil {
      launcher = .mpirun
      sizeVariable = "OMPI_COMM_WORLD_SIZE"
      rank = integer("OMPI_COMM_WORLD_RANK")
      localRank = integer("OMPI_COMM_WORLD_LOCAL_RANK")
    } else if environment["PMI_SIZE"] != nil || environment["PMI_RANK"] != nil {
      // MPICH, Intel MPI and MVAPICH through hydra, and srun --mpi=pmi2.
      launcher = .foreign
      sizeVariable = "PMI_SIZE"
      rank = integer("PMI_RANK")
      localRank = integer("MPI_LOCALRANKID")
    } else if environment["MPI_LOCALNRANKS"] != nil {
      // Hydra where it passes rank and size over a socket: they are known for this host only.
      launcher = .foreign
      sizeVariable = "MPI_LOCALNRANKS"
      rank = nil
      localRank = integer("MPI_LOCALRANKID")
    } else if environment["SLURM_STEP_ID"] != nil, environment["SLURM_PROCID"] != nil {
      // A step of srun; a batch script itself has no step number.
      launcher = environment["PMIX_RANK"] == nil ? .foreign : .srun
      sizeVariable = environment["SLURM_STEP_NUM_TASKS"] == nil ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS"
      rank = integer("SLURM_PROCID")
      localRank = integer("SLURM_LOCALID")
    } else {
      launcher = .none
      sizeVariable = nil
      rank = nil
      localRank = nil
    }
    size = sizeVariable.flatMap(integer)
  }

  /// What to tell the user when several processes were started but MPI joined none of them.
  ///
  /// - Parameter mpiSize: the number of ranks MPI reports.
  /// - Returns: nil where all is well, and on all but the first of the processes, so that it is said once.
  public func foreignLauncherWarning(mpiSize: Int) -> String? {
    guard mpiSize == 1, let size, size > 1, let sizeVariable else { return nil }
    guard (rank ?? localRank ?? 0) == 0 else { return nil }
    return """
      warning: \(size) processes were started (\(sizeVariable)=\(size)) but each of them runs alone, because \
      their launcher is not that of \(MPILibrary.name); start them with its own mpirun or with \
      srun --mpi=pmix
      """
  }
}
