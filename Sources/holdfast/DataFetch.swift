import ArgumentParser
import Experiments
import MessagePassing

extension DataCommands {
  /// `holdfast data fetch`.
  struct Fetch: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set and check it against its published checksums.",
      discussion: """
        What is there already is left alone, and a transfer that broke is continued. Examples:

          holdfast data fetch cifar10
          HOLDFAST_DATA=/data holdfast data fetch fashion-mnist
          holdfast data fetch mnist --into data/mnist --mirror https://mirror.example.org/mnist
        """)

    @Argument(help: "The data set.", completion: Completions.datasets)
    var name: String

    @Option(
      help: "The folder for its files; $HOLDFAST_DATA/NAME or the user's cache if left out.",
      completion: .directory)
    var into: String?

    @Option(help: "The URL of a folder that has the files, instead of the published ones.")
    var mirror: String?

    @Option(help: "How often a transfer that breaks is tried.")
    var attempts = 5

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
      if attempts < 1 { throw ValidationError("--attempts is \(attempts) and has to be at least 1.") }
      if let into, into.isEmpty { throw ValidationError("--into names no folder.") }
      guard let mirror else { return }
      if !["http://", "https://"].contains(where: mirror.hasPrefix) {
        throw ValidationError("--mirror is '\(mirror)' and has to begin with https:// or http://.")
      }
    }

    func run(on communicator: Communicator) throws -> Int32 {
      try DataCommand(name, json: json, on: communicator)
        .fetch(into: into, mirror: mirror, attempts: attempts)
    }
  }
}
