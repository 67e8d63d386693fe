import ArgumentParser
import Experiments
import MessagePassing

extension DataCommands {
  /// `holdfast data verify`.
  struct Verify: RankCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare the files of a data set with the published ones.",
      discussion: """
        Ends with exit code 65 where a file differs or is missing. Examples:

          holdfast data verify mnist
          holdfast data verify cifar100 --data-path ~/cifar-100-binary --json
        """)

    @OptionGroup var dataset: DatasetArguments

    func run(on communicator: Communicator) throws -> Int32 {
      try DataCommand(dataset.name, json: dataset.json, on: communicator).verify(path: dataset.dataPath)
    }
  }
}
