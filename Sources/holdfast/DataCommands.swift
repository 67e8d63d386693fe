import ArgumentParser

/// `holdfast data`.
struct DataCommands: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Fetch, describe and verify data sets.",
    discussion: """
      The data sets are mnist-5k (comes with the program), mnist, fashion-mnist, cifar10, cifar100 and \
      synthetic (generated). They are looked for in $HOLDFAST_DATA/NAME, then where fetch puts them without it.

      Examples:

        holdfast data fetch mnist
        holdfast data describe cifar10 --data-path ~/cifar-10-batches-bin
        holdfast data verify mnist
      """,
    subcommands: [Fetch.self, Describe.self, Verify.self])
}

/// What `describe` and `verify` read.
struct DatasetArguments: ParsableArguments {
  @Argument(help: "The data set.", completion: Completions.datasets)
  var name: String

  @Option(help: "The folder of its files; the usual places if left out.", completion: .directory)
  var dataPath: String?

  @Flag(help: "Print one JSON object.")
  var json = false
}
