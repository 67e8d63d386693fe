import Checkpoints
public import MessagePassing
import Reports

/// `holdfast bench leaderboard`: finished evaluations of several models as leaderboard.json, .md and .html.
public struct LeaderboardRun {
  private let folder: String
  private let isJSON: Bool
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank; rank 0 does the work.
  ///
  /// - Parameters:
  ///   - folder: Evaluations lie in its folders MODEL/NAME, and the leaderboard goes there.
  ///   - isJSON: Whether standard output gets the JSON instead of the Markdown.
  ///   - communicator: The ranks of the job.
  public init(_ folder: String, json isJSON: Bool, on communicator: Communicator) {
    self.folder = folder
    self.isJSON = isJSON
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Writes the three files, prints the leaderboard, and returns the exit code.
  ///
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func run() throws -> Int32 {
    try communicator.agree {
      guard communicator.isRoot else { return }
      let (evaluations, unfinished) = try Leaderboard.evaluations(in: folder)
      for path in unfinished { console.warn("\(path) is not finished, and left out") }
      let board = try Leaderboard(evaluations)
      try ReportFile.write(board, to: "\(folder)/leaderboard.json")
      try AtomicFile.write(board.markdown, to: "\(folder)/leaderboard.md")
      try AtomicFile.write(board.html, to: "\(folder)/leaderboard.html")
      try console.print(board, asJSON: isJSON, text: board.markdown)
    }
    return ExitStatus.success
  }
}
