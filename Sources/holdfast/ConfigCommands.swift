import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast config`.
struct ConfigCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Say what configuration files may hold.",
    discussion: """
      Example:

        holdfast config schema > configs/schema.json
      """,
    subcommands: [Schema.self])

  /// `holdfast config schema`.
  struct Schema: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the JSON Schema of configuration files.",
      discussion: """
        Editors that know YAML complete and check by it the files that begin with a comment such as

          # yaml-language-server: $schema=schema.json

        Example:

          holdfast config schema > configs/schema.json
        """)

    func run(on communicator: Communicator) throws -> Int32 {
      ConfigurationCommand(on: communicator).printSchema()
    }
  }
}
