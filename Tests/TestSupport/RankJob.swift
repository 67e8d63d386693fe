public import Foundation

/// What a job of one or more ranks left behind.
public struct RankJobResult: Sendable {
  /// The exit code of `mpirun` (of the program where there is no launcher); 128 + n after signal n.
  public let exitCode: Int32
  /// Everything all ranks wrote on standard output.
  public let standardOutput: String
  /// Everything all ranks, and the launcher, wrote on standard error.
  public let standardError: String
}

/// A job that did not end by itself.
public struct RankJobTimeout: Error, Sendable, CustomStringConvertible {
  /// The command line.
  public let command: String
  /// How long it was given, in seconds.
  public let seconds: Int
  /// What it had written by then.
  public let result: RankJobResult

  /// The command with all its output.
  public var description: String {
    """
    still running after \(seconds) s: \(command)
    standard output: \(result.standardOutput)
    standard error: \(result.standardError)
    """
  }
}

/// Starts a program on a number of MPI ranks of this machine and waits for its end.
///
/// Few jobs of a test process run at once, however many tests do: ranks that share cores slow each other down a lot.
/// One that something is done to meanwhile takes half of the places, so that it gets to where that is to happen. A job
/// that outlives its time is terminated, then killed, with all its ranks and nothing else, also if the test process
/// itself dies meanwhile.
///
/// - Parameters:
///   - executable: the program, for example from ``BuiltProducts/executable(_:)``.
///   - arguments: its arguments.
///   - ranks: the number of ranks under `mpirun`, or nil to start the program without a launcher.
///   - environment: variables to add to this process's own.
///   - directory: the working directory, by default this process's.
///   - timeout: seconds until the job is ended by force.
///   - resource: what there is once on this machine, where the job needs it; jobs that name the same run one by one.
///   - isMostlyWaiting: whether the job leaves the cores to others, so that it does not wait for a place.
///   - meanwhile: what to do while the job runs, if anything.
/// - Returns: exit code and output.
/// - Throws: ``RankJobTimeout``, `POSIXError` where the job cannot be started.
public func runRanks(
  executable: URL, arguments: [String] = [], ranks: Int?, environment: [String: String] = [:],
  directory: URL? = nil, timeout: Int = 120, resource: String? = nil,
  isMostlyWaiting: Bool = false, meanwhile: (@Sendable (RunningJob) async throws -> Void)? = nil
) async throws -> RankJobResult {
  let launcher = ranks.map { ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "\($0)"] } ?? []
  let changeDirectory = directory.map { ["env", "--chdir=\($0.path)"] } ?? []
  let job = RankJob(
    command: changeDirectory + launcher + [executable.path] + arguments,
    environment: jobEnvironment.merging(environment) { $1 }, timeout: timeout,
    meanwhile: { try await meanwhile?(RunningJob(process: $0, hasLauncher: ranks != nil)) })
  let places = isMostlyWaiting ? 0 : meanwhile == nil ? 1 : JobQueue.places / 2
  return try await JobQueue.shared.run(places: places, resource) {
    try await job.run()
  }
}

/// This process's environment without a launcher's traces, and with what Open MPI needs on a small machine.
private let jobEnvironment: [String: String] = {
  let traces = ["OMPI_COMM_WORLD", "PMIX_", "PMI_", "MPI_LOCAL", "SLURM_"]
  var environment = ProcessInfo.processInfo.environment
  environment = environment.filter { variable in !traces.contains { variable.key.hasPrefix($0) } }
  // In containers tests run as root.
  environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
  environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
  // More ranks than cores: a waiting rank hands its core over.
  environment["OMPI_MCA_mpi_yield_when_idle"] = "1"
  // Containers often forbid reading another process's memory.
  environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none"
  // A third of a small job's time would go into looking for faster networks than there are.
  environment["OMPI_MCA_pml"] = "ob1"
  // A trap is reported by its exit code; symbolising its stack takes seconds.
  environment["SWIFT_BACKTRACE"] = "enable=no"
  return environment
}()

private struct RankJob: Sendable {
  let command: [String]
  let environment: [String: String]
  let timeout: Int
  let meanwhile: @Sendable (pid_t) async throws -> Void

  /// Runs the job under `timeout`, which outlives even the test process.
  ///
  /// SIGTERM makes mpirun end the ranks, which are in process groups of their own; SIGKILL follows where that did
  /// not help. In the foreground, `timeout` signals its child alone. Otherwise it signals the child and then the
  /// child's group, and mpirun takes the second SIGTERM as an order to leave at once, without its ranks.
  func run() async throws -> RankJobResult {
    try await withTemporaryDirectory { folder in
      // Files, unlike pipes, never fill up.
      let output = folder.appendingPathComponent("stdout")
      let error = folder.appendingPathComponent("stderr")
      let start = ContinuousClock.now
      let status = try await ChildProcess(
        command: ["timeout", "--foreground", "--kill-after=10", "\(timeout)"] + command,
        environment: environment,
        standardOutput: output, standardError: error
      ).run(meanwhile)
      let result = RankJobResult(
        exitCode: status,
        standardOutput: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        standardError: String(decoding: try Data(contentsOf: error), as: UTF8.self))
      // 137 is also what mpirun returns when somebody killed a rank.
      let isTimeout = status == 124 || (status == 137 && start.duration(to: .now) >= .seconds(timeout))
      guard !isTimeout else {
        throw RankJobTimeout(command: command.joined(separator: " "), seconds: timeout, result: result)
      }
      return result
    }
  }
}

/// Hands out the machine's places to jobs.
private actor JobQueue {
  static let shared = JobQueue()
  /// Most jobs spend their time on starting and ending, where they wait for the launcher and leave the cores idle.
  static let places = 4

  private struct Request {
    let places: Int
    let resource: String?
    let start: CheckedContinuation<Void, Never>
  }
  private var free = places
  private var taken: Set<String> = []
  private var waiting: [Request] = []

  func run<Value: Sendable>(
    places: Int, _ resource: String?, _ job: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    await withCheckedContinuation { start in
      waiting.append(Request(places: places, resource: resource, start: start))
      startWhatCan()
    }
    defer {
      free += places
      if let resource { taken.remove(resource) }
      startWhatCan()
    }
    return try await job()
  }

  private func startWhatCan() {
    // One that does not fit lets others pass, so that no places stand empty until they are enough for it.
    waiting.removeAll { next in
      guard next.places <= free, next.resource.map(taken.contains) != true else { return false }
      free -= next.places
      if let resource = next.resource { taken.insert(resource) }
      next.start.resume()
      return true
    }
  }
}
