import ArgumentParser
import Experiments
import MessagePassing

extension DataCommands {
  /// `holdfast data describe`.
  struct Describe: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the sizes, classes, pixel statistics and checksums of a data set.",
      discussion: """
        Examples:

          holdfast data describe mnist-5k
          holdfast data describe cifar10 --data-path ~/cifar-10-batches-bin --json
        """)

    @OptionGroup var dataset: DatasetArguments

    func run(on communicator: Communicator) throws -> Int32 {
      try DataCommand(dataset.name, json: dataset.json, on: communicator).describe(path: dataset.dataPath)
    }
  }
}
