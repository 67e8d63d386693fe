import ArgumentParser
import Experiments
import Foundation

extension Bench {
  /// `holdfast bench scaling`.
  struct Scaling: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure training steps on several numbers of ranks, and predict more.",
      discussion: """
        Starts mpirun on this machine for strong scaling (the batch stays) and weak scaling (the batch grows with the \
        ranks), fits a model of compute, latency and bandwidth, says how far off it is, and predicts up to 1024 ranks on \
        usual networks. `holdfast report --scaling FILE` shows what --output wrote.

          holdfast bench scaling --ranks 1,2,4 --model cnn-small --steps 10 --output scaling.json
        """)

    @Option(help: "The numbers of ranks.")
    var ranks = "1,2,4"

    @Option(help: "The architecture.")
    var model = "cnn-small"

    @Option(help: "The training method: standard, fgsm, fgsm-rs or pgd.")
    var attack = "pgd"

    @Option(help: "The steps of pgd.")
    var steps = 10

    @Option(help: "The batch of strong scaling, and each rank's share in weak scaling.")
    var batch = 128

    @Option(help: "The samples of a micro-batch; the model's default if left out.")
    var microbatch: Int?

    @Option(help: "Threads of each rank.")
    var threads = 1

    @Option(help: "The steps that are measured each time.")
    var repetitions = 5

    @Option(
      name: .shortAndLong, help: "Write the results as JSON, too.", completion: .file(extensions: ["json"]))
    var output: String?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    private var counts: [Int] {
      ranks.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    }

    func validate() throws {
      guard counts.allSatisfy({ 1...1024 ~= $0 }), Set(counts).count == counts.count else {
        throw ValidationError("--ranks is \(ranks) and has to be a list such as 1,2,4, of 1 to 1024 ranks.")
      }
      for (name, value) in [
        ("batch", batch), ("repetitions", repetitions), ("steps", steps), ("threads", threads),
        ("microbatch", microbatch ?? 1),
      ] where value < 1 {
        throw ValidationError("--\(name) is \(value) and has to be at least 1.")
      }
    }

    func run() {
      var options = ScalingBenchmark.Options()
      options.ranks = counts.sorted()
      options.model = model
      options.attack = attack
      options.steps = steps
      options.batch = batch
      options.microbatch = microbatch
      options.threads = threads
      options.repetitions = repetitions
      options.output = output
      options.json = json
      // Not a command of ranks: what goes wrong is said here.
      do {
        Foundation.exit(try ScalingBenchmark(options).run())
      } catch {
        try? FileHandle.standardError.write(contentsOf: Data("holdfast: \(error)\n".utf8))
        Foundation.exit(ExitStatus.of(error))
      }
    }
  }
}
