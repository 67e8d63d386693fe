import Foundation

/// Starts this program on several ranks of this machine and reads the object that it prints.
struct RankLauncher {
  private let mpirun: String
  private let program: String
  private let flags: [String]
  private let environment: [String: String]
  private let cpus: Int

  /// Finds mpirun and this program.
  ///
  /// - Parameter cpus: The CPUs of this machine; more threads than that yield to each other while they wait.
  /// - Throws: `ExperimentError.unavailable` where there is no mpirun.
  init(cpus: Int) throws {
    environment = ProcessInfo.processInfo.environment
    guard let mpirun = ToolSearch(environment: environment).path(of: "mpirun") else {
      throw ExperimentError.unavailable(
        "there is no mpirun on the PATH, which bench scaling starts ranks with: apt-get install openmpi-bin")
    }
    self.mpirun = mpirun
    program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    flags = (environment["MPIRUN_FLAGS"] ?? "").split(separator: " ").map(String.init)
    self.cpus = cpus
  }

  /// Runs a command of this program; what it says on standard error goes there.
  ///
  /// - Parameters:
  ///   - type: What is read from the one JSON object on its standard output.
  ///   - ranks: The number of ranks.
  ///   - threads: The threads of each.
  ///   - arguments: The command, which has to contain `--json`.
  ///   - additions: Environment variables beyond those of this process.
  /// - Throws: `ExperimentError.unavailable` where the command fails.
  func run<Result: Decodable>(
    _ type: Result.Type, ranks: Int, threads: Int, _ arguments: [String],
    environment additions: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: mpirun)
    process.arguments =
      ["-n", "\(ranks)", "--bind-to", "none", "--oversubscribe"]
      + (ranks * threads > cpus ? ["--mca", "mpi_yield_when_idle", "1"] : []) + flags + [program] + arguments
    process.environment = environment.merging(additions) { $1 }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    let command = "mpirun -n \(ranks) holdfast \(arguments.joined(separator: " "))"
    do {
      try process.run()
    } catch {
      throw ExperimentError.unavailable("\(mpirun) cannot be started: \(error.localizedDescription)")
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw ExperimentError.unavailable(
        "'\(command)' ended with \(process.terminationStatus), for the reason that it gave above")
    }
    do {
      return try JSONDecoder().decode(type, from: text)
    } catch {
      throw ExperimentError.unavailable("'\(command)' printed something else than its result: \(error)")
    }
  }
}
