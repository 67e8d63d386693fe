import Foundation
import TestSupport

/// Starts the real program on a number of ranks; nil is without a launcher.
func holdfast(
  _ arguments: [String], ranks: Int? = nil, in directory: URL? = nil, environment: [String: String] = [:],
  timeout: Int = 100, meanwhile: @escaping @Sendable (RunningJob) async throws -> Void = { _ in }
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
