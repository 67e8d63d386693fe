import Foundation
import MessagePassing
import Reports

/// Starts this program on ranks of this machine, one job after the other.
struct RankLauncher {
  private let mpirun: String
  private let program: String
  private let threads: Int

  /// Finds mpirun and this program's own file.
  ///
  /// - Throws: `ExperimentError.unavailable` where there is no mpirun; `ExperimentError.usage` in a job of it.
  init(threads: Int) throws {
    guard LaunchEnvironment.current.launcher == .none else {
      throw ExperimentError.usage("`bench scaling` starts mpirun itself: start it as one process")
    }
    guard let mpirun = ToolSearch(environment: ProcessInfo.processInfo.environment).path(of: "mpirun") else {
      throw ExperimentError.unavailable("there is no mpirun on the PATH, which `bench scaling` starts")
    }
    self.mpirun = mpirun
    self.threads = threads
    program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  /// Runs a command that prints one JSON object.
  ///
  /// Ranks exchange messages, also where they could share memory: that is what the model is about.
  ///
  /// - Throws: `ExperimentError.unavailable` with what the job said where it fails.
  func run<Value: Decodable>(_ arguments: [String], ranks: Int, decoding type: Value.Type) throws -> Value {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: mpirun)
    // As launch/local.sh has it.
    process.arguments =
      [
        "-n", "\(ranks)", "--bind-to", "none", "--oversubscribe", "--mca",
        "btl_vader_single_copy_mechanism", "none",
      ]
      + (ranks * threads > Machine.current().cpus ? ["--mca", "mpi_yield_when_idle", "1"] : [])
      + [program] + arguments
    var environment = ProcessInfo.processInfo.environment
    environment["HOLDFAST_REDUCTION"] = "exchange"
    if geteuid() == 0 {
      environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    process.environment = environment
    // A file never fills up while the other stream is read.
    let messages = FileManager.default.temporaryDirectory.appendingPathComponent(
      "holdfast-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: messages.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: messages) }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: messages)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let command = arguments.joined(separator: " ")
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: messages, encoding: .utf8)) ?? ""
      throw ExperimentError.unavailable(
        "\(ranks) ranks of `\(command)` ended with \(process.terminationStatus): \(text.suffix(2000))")
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw ExperimentError.unavailable("\(ranks) ranks of `\(command)` printed no result")
    }
  }
}
