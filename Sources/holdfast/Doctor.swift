import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast doctor`.
struct Doctor: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what this machine and this MPI can do, and what is wrong.",
    discussion: """
      Under mpirun it looks at all ranks. Ends with 0 unless there is a problem: 69 if the machine or MPI has \
      it, 70 if the program computes wrongly here. Examples:

        holdfast doctor
        mpirun -n 4 --bind-to none holdfast doctor --threads 2 --json
      """)

  @Option(help: "Threads of each rank in the runs to come; what the CPU affinity leaves if left out.")
  var threads: Int?

  @Option(name: .shortAndLong, help: "The folder for the runs to come.", completion: .directory)
  var output = "runs"

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads is \(threads) and has to be at least 1.") }
    if output.isEmpty { throw ValidationError("--output names no folder.") }
  }

  func run(on communicator: Communicator) throws -> Int32 {
    try DoctorRun(
      version: Holdfast.configuration.version, threads: threads, output: output, json: json, on: communicator
    ).run()
  }
}
