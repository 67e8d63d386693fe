import MessagePassing
import TestSupport
import Testing

@Suite("Launch environment")
struct LaunchEnvironmentTests {
  @Test("Without a launcher nothing is known and nothing is warned of")
  func noLauncher() {
    let launch = LaunchEnvironment(["PATH": "/usr/bin", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"])

    #expect(launch.launcher == .none)
    #expect(launch.rank == nil)
    #expect(launch.size == nil)
    #expect(launch.foreignLauncherWarning(mpiSize: 1) == nil)
  }

  @Test("Open MPI's mpirun wins over the Slurm job it runs in")
  func mpirun() {
    let launch = LaunchEnvironment([
      "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
      "OMPI_COMM_WORLD_LOCAL_SIZE": "2", "PMIX_RANK": "3", "SLURM_STEP_ID": "0", "SLURM_PROCID": "1",
      "SLURM_STEP_NUM_TASKS": "2",
    ])

    #expect(launch.launcher == .mpirun)
    #expect(launch.rank == 3)
    #expect(launch.size == 4)
    #expect(launch.localRank == 1)
    #expect(launch.foreignLauncherWarning(mpiSize: 4) == nil)
  }

  @Test("One rank of mpirun inside a larger Slurm step is no mistake")
  func singleRankInSlurm() {
    let launch = LaunchEnvironment([
      "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0",
      "SLURM_STEP_NUM_TASKS": "2",
    ])

    #expect(launch.foreignLauncherWarning(mpiSize: 1) == nil)
  }

  @Test("srun with PMIx tells rank and size")
  func srun() {
    let launch = LaunchEnvironment([
      "SLURM_STEP_ID": "0", "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1",
      "PMIX_RANK": "5",
    ])

    #expect(launch.launcher == .srun)
    #expect(launch.rank == 5)
    #expect(launch.size == 8)
    #expect(launch.localRank == 1)
  }

  @Test(
    "The first process of a foreign launcher warns and names the variable",
    arguments: [
      ("PMI_SIZE", ["PMI_RANK": "0", "PMI_SIZE": "4", "MPI_LOCALNRANKS": "4"]),
      ("MPI_LOCALNRANKS", ["MPI_LOCALNRANKS": "4", "MPI_LOCALRANKID": "0"]),
      ("SLURM_NTASKS", ["SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"]),
      ("OMPI_COMM_WORLD_SIZE", ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"]),
    ])
  func foreignLauncher(variable: String, environment: [String: String]) throws {
    let warning = try #require(LaunchEnvironment(environment).foreignLauncherWarning(mpiSize: 1))

    #expect(warning.contains("4 processes were started (\(variable)=4)"))
    #expect(LaunchEnvironment(environment).foreignLauncherWarning(mpiSize: 4) == nil)
  }

  @Test("The other processes of a foreign launcher leave the warning to the first")
  func warnsOnce() {
    let second = LaunchEnvironment(["PMI_RANK": "1", "PMI_SIZE": "4"])

    #expect(second.launcher == .foreign)
    #expect(second.foreignLauncherWarning(mpiSize: 1) == nil)
  }

  @Test("A program started by another MPI's launcher prints the warning and runs alone")
  func warningOfProgram() async throws {
    let environment = ["PMI_RANK": "0", "PMI_SIZE": "4", "MPI_LOCALNRANKS": "4", "MPI_LOCALRANKID": "0"]
    let result = try await runFixture("collectives", ranks: nil, environment: environment)

    #expect(result.messages.count == 1)
    #expect(result.messages.first?.hasPrefix("holdfast: warning: 4 processes were started") == true)
    #expect(result.lines == ["collectives hold on 1 ranks"])
    #expect(result.exitCode == 0)
  }

  @Test("The library names itself and its standard before MPI is initialised")
  func library() {
    #expect(MPILibrary.name.hasPrefix("Open MPI v"))
    #expect(MPILibrary.version.hasPrefix(MPILibrary.name))
    #expect(MPILibrary.standard.first == "3" || MPILibrary.standard.first == "4")
  }
}
