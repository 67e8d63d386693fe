import ArgumentParser
import Experiments
import MessagePassing

extension Bench {
  /// `holdfast bench leaderboard`.
  struct Leaderboard: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put evaluations of several models side by side.",
      discussion: """
        Reads DIR/MODEL/NAME/evaluation.json and verdicts.jsonl, as launch/benchmark.sh leaves them, and writes \
        leaderboard.json, leaderboard.md and leaderboard.html to DIR. Models are ordered, for each threat model, by \
        the samples that withstand all attacks together. Example:

          holdfast bench leaderboard runs/benchmark --json
        """)

    @Argument(help: "The folder of the evaluations.", completion: .directory)
    var folder: String

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run(on communicator: Communicator) throws -> Int32 {
      try LeaderboardRun(folder, json: json, on: communicator).run()
    }
  }
}
