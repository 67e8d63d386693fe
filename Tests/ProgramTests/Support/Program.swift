import Foundation
import TestSupport

/// Starts the real program on a number of ranks; nil is without a launcher.
func holdfast(
  _ arguments: [String], ranks: Int? = nil, in directory: URL? = nil, environment: [String: String] = [:],
  timeout: Int = 100, meanwhile: (@Sendable (RunningJob) async throws -> Void)? = nil
) async throws -> RankJobResult {
  try await runRanks(
    executable: BuiltProducts.executable("holdfast"), arguments: arguments, ranks: ranks,
    environment: environment, directory: directory, timeout: timeout, meanwhile: meanwhile)
}

/// Starts the program with other arguments on rank 1 than on the other ranks.
func holdfast(
  _ arguments: [String], onRankOne other: [String], ranks: Int, in directory: URL
) async throws -> RankJobResult {
  let program = try BuiltProducts.executable("holdfast").path
  let script = """
    if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then exec "$0" $OTHER; else exec "$0" $SAME; fi
    """
  return try await runRanks(
    executable: URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script, program], ranks: ranks,
    environment: ["SAME": arguments.joined(separator: " "), "OTHER": other.joined(separator: " ")],
    directory: directory, timeout: 100)
}

/// One rank of a job whose ranks are not started alike.
struct RankContext {
  /// The program; nil for the one that was built.
  var executable: URL?
  /// Its arguments.
  let arguments: [String]
  /// Variables that this rank alone has.
  var environment: [String: String] = [:]
}

/// Starts a rank for each context.
func holdfast(
  contexts: [RankContext], in directory: URL,
  meanwhile: (@Sendable (RunningJob) async throws -> Void)? = nil
) async throws -> RankJobResult {
  let program = try BuiltProducts.executable("holdfast")
  // Not mpirun's own -x: what it exports goes to the ranks of all contexts.
  let commands = contexts.map { context in
    context.environment.map { "\($0)=\($1)" } + [(context.executable ?? program).path] + context.arguments
  }
  let others = commands.dropFirst().flatMap { [":", "-n", "1", "env"] + $0 }
  return try await runRanks(
    executable: URL(fileURLWithPath: "/usr/bin/env"), arguments: commands[0] + others, ranks: 1,
    directory: directory, timeout: 100, meanwhile: meanwhile)
}

/// Runs a command to its end.
func run(command: [String]) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  process.standardError = FileHandle.nullDevice
  process.standardOutput = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CommandFailure(command: command) }
}

/// A command that did not end with success.
struct CommandFailure: Error {
  let command: [String]
}

extension RankJobResult {
  /// The lines of ours on standard error, without their mark; the launcher adds lines of its own.
  var messages: [String] {
    standardError.split(separator: "\n").filter { $0.hasPrefix("holdfast: ") }
      .map { String($0.dropFirst("holdfast: ".count)) }
  }

  /// The messages that hold all of the texts.
  func messages(with texts: String...) -> [String] {
    messages.filter { message in texts.allSatisfy { message.contains($0) } }
  }
}

/// A rank that holds a message, as the message begins; nil where there is only one.
func place(ofRank rank: Int, of ranks: Int?) -> String {
  guard let ranks, ranks > 1 else { return "" }
  return "rank \(rank) of \(ranks) on \(ProcessInfo.processInfo.hostName): "
}
