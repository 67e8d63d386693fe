import TestSupport

/// Starts the fixture program with a scenario on a number of ranks; nil is without a launcher.
func runFixture(
  _ scenario: String, ranks: Int?, environment: [String: String] = [:]
) async throws -> RankJobResult {
  try await runRanks(
    executable: BuiltProducts.executable("MessagePassingFixture"), arguments: [scenario], ranks: ranks,
    environment: environment)
}

extension RankJobResult {
  /// The lines of ours on standard error; the launcher adds its own.
  var messages: [String] {
    standardError.split(separator: "\n").map(String.init).filter { $0.hasPrefix("holdfast: ") }
  }

  /// The lines on standard output.
  var lines: [String] { standardOutput.split(separator: "\n").map(String.init) }
}

/// The numbers of ranks that scenarios run on, nil being a process without a launcher.
let rankCounts: [Int?] = [nil, 1, 2, 3, 4]
