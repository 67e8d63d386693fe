import ArgumentParser

/// `holdfast data`.
struct DataCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Fetch, describe and verify data sets.",
    discussion: """
      The data sets are mnist-5k (comes with the program), mnist, fashion-mnist, cifar10, cifar100 and \
      synthetic (generated). They are looked for in $HOLDFAST_DATA/NAME, then where fetch puts them without it.
      """,
    subcommands: [Fetch.self, Describe.self, Verify.self])
}

/// What `describe` and `verify` read.
struct DatasetArguments: ParsableArguments {
  @Argument(help: "The data set.")
  var name: String

  @Option(help: "The folder of its files; the usual places if left out.", completion: .directory)
  var dataPath: String?

  @Flag(help: "Print one JSON object.")
  var json = false
}
