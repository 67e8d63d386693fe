import ArgumentParser
import Experiments
import MessagePassing

/// `holdfast report`.
struct Report: RankCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write one HTML file about one run, or about several side by side.",
    discussion: """
      It holds what the runs' folders hold: results, curves, accuracy against epsilon, examples, warnings, times, and
      the whole configuration and manifest. It needs no network and no other file. `train` writes one at its end;
      evaluations made later come into it with this command.

        holdfast report runs/mnist-pgd
        holdfast report runs/lab-lenet runs/lab-lenet-fgsm --output comparison.html --csv accuracies.csv
      """)

  @Argument(help: "The run, or the runs to compare.", completion: .directory)
  var runs: [String]

  @Option(
    name: .shortAndLong,
    help: "The file; RUN/report.html if left out, for several runs report.html in the current folder.",
    completion: .file(extensions: ["html"]))
  var output: String?

  @Option(
    help: "Write every accuracy of every evaluation as a table, too.", completion: .file(extensions: ["csv"]))
  var csv: String?

  @Option(help: "Show what `bench scaling --json` printed.", completion: .file(extensions: ["json"]))
  var scaling: String?

  func run(on communicator: Communicator) throws -> Int32 {
    try ReportRun(ReportOptions(runs: runs, output: output, table: csv, scaling: scaling), on: communicator)
      .run()
  }
}
