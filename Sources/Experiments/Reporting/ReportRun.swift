import Checkpoints
import Foundation
public import MessagePassing
import Reports

/// `holdfast report`: one HTML file about one or several runs, from what lies in their folders.
///
/// Rank 0 does the work; the other ranks wait for it and end with the same exit code.
public struct ReportRun {
  private let options: ReportOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: ReportOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Reads, writes, and returns the exit code; called on all ranks together.
  ///
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func run() throws -> Int32 {
    try communicator.agree {
      if communicator.isRoot { try write() }
    }
    return ExitStatus.success
  }

  private func write() throws {
    let directories = try options.runs.map { path in
      let directory = RunDirectory(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
      guard FileSystem.exists(directory.path) else {
        throw ExperimentError.missing("\(path): there is no such run")
      }
      guard directory.isRun || FileSystem.exists(directory.metrics) else {
        throw ExperimentError.missing("\(path) is no run: it has no checkpoints and no metrics.jsonl")
      }
      return directory
    }
    let names = Self.names(of: directories)
    let runs = zip(directories, names).map { ReportedRun(reading: $0, name: $1) }
    for run in runs {
      for problem in run.problems { console.warn(problem) }
    }
    let output = options.output ?? (runs.count == 1 ? directories[0].report : "report.html")
    try Self.requireReplaceable(output)
    let scaling = try options.scaling.map { try ReportFile.read(ScalingRecord.self, from: $0) }
    try AtomicFile.write(RunReport(runs, scaling: scaling).html(), to: output)
    console.print("report: \(output)")
    if let table = options.table {
      try EvaluationTable(runs).write(to: table)
      console.print("table: \(table)")
    }
  }

  /// What runs are called: their folders' names, or paths where names occur twice.
  private static func names(of directories: [RunDirectory]) -> [String] {
    let names = directories.map { URL(fileURLWithPath: $0.path).lastPathComponent }
    return Set(names).count == names.count ? names : directories.map(\.path)
  }

  /// Only reports of ours are replaced.
  ///
  /// - Throws: `ExperimentError.usage`.
  static func requireReplaceable(_ path: String) throws {
    guard FileSystem.exists(path) else { return }
    let beginning = try String(decoding: FileSystem.read(path).prefix(2000), as: UTF8.self)
    guard beginning.contains("<meta name=\"generator\" content=\"\(RunReport.generator)\"") else {
      throw ExperimentError.usage(
        "\(path) is there already and no report of this program: choose another --output")
    }
  }
}
