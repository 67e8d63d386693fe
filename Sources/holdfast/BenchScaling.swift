import ArgumentParser
import Experiments
import Foundation
import MessagePassing

extension Bench {
  /// `holdfast bench scaling`.
  struct Scaling: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Measure strong and weak scaling on this machine, and predict more ranks and slower networks.",
      discussion: """
        Starts mpirun itself, for each number of ranks: the training step with the same batch (strong scaling) and \
        with the same batch for each rank (weak scaling), and the reduction of gradients of several sizes. A model \
        of computing, latency and bandwidth is fitted to that; its errors are printed beside what it predicts. The \
        machine has to be idle otherwise, and have a core for each thread. Examples:

          holdfast bench scaling --ranks 1,2,4 --model cnn-small --steps 10 --batch 512
          holdfast bench scaling --ranks 1,2,4,8 --latency 2,30 --bandwidth 100,10 --json
        """)

    @Option(help: "The numbers of ranks, such as 1,2,4.")
    var ranks = "1,2,4"

    @Option(help: "Threads of each rank.")
    var threads = 1

    @Option(help: "The architecture.")
    var model = "cnn-small"

    @Option(help: "The training method: standard, fgsm, fgsm-rs or pgd.")
    var attack = "pgd"

    @Option(help: "The steps of pgd.")
    var steps = 10

    @Option(help: "The samples of a global batch; in weak scaling, of each rank.")
    var batch = 256

    @Option(help: "The samples of a micro-batch; the model's default if left out.")
    var microbatch: Int?

    @Option(help: "The steps that are measured, behind one that warms up.")
    var repetitions = 5

    @Option(help: "The networks to predict: what a message takes in microseconds, one for each network.")
    var latency = "2,10,50"

    @Option(help: "What a host can send in Gbit/s, one for each network.")
    var bandwidth = "100,25,1"

    @Option(help: "The ranks of a host in what is predicted.")
    var ranksPerHost = 1

    @Option(help: "The most ranks to predict.")
    var most = 1024

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    /// The most ranks that are started: more would not be measured but suffered.
    private static let mostStarted = 256

    func validate() throws {
      guard LaunchEnvironment.current.launcher == .none else {
        throw ValidationError(
          "bench scaling starts mpirun itself, for each number of ranks: start it without mpirun or srun.")
      }
      for (name, value) in [
        ("threads", threads), ("steps", steps), ("batch", batch), ("repetitions", repetitions),
        ("ranks-per-host", ranksPerHost), ("most", most),
      ] where value < 1 {
        throw ValidationError("--\(name) is \(value) and has to be at least 1.")
      }
      if most > 1 << 20 { throw ValidationError("--most is \(most) and has to be at most \(1 << 20).") }
      let counts = try rankCounts
      if Set(counts).count < 2 {
        throw ValidationError(
          "--ranks is \(ranks) and has to name at least two numbers of ranks, such as 1,2,4.")
      }
      let networks = (
        try Self.positive("latency", latency, orZero: true), try Self.positive("bandwidth", bandwidth)
      )
      if networks.0.count != networks.1.count {
        throw ValidationError(
          "--latency has \(networks.0.count) values and --bandwidth \(networks.1.count): give one of each for each "
            + "network.")
      }
    }

    func run() throws {
      var options = ScalingBenchmark.Options()
      options.step.model = model
      options.step.attack = attack
      options.step.steps = steps
      options.step.batch = batch
      options.step.microbatch = microbatch
      options.step.repetitions = repetitions
      options.ranks = Set(try rankCounts).sorted()
      options.threads = threads
      options.latencies = try Self.positive("latency", latency, orZero: true)
      options.bandwidths = try Self.positive("bandwidth", bandwidth)
      options.ranksPerHost = ranksPerHost
      options.most = most
      options.json = json
      Foundation.exit(ScalingBenchmark(options).run())
    }

    private var rankCounts: [Int] {
      get throws {
        try ranks.split(separator: ",", omittingEmptySubsequences: false).map { text in
          guard let count = Int(text), 1...Self.mostStarted ~= count else {
            throw ValidationError(
              "--ranks is \(ranks) and has to be numbers from 1 to \(Self.mostStarted), such as 1,2,4.")
          }
          return count
        }
      }
    }

    /// Numbers with commas between them.
    private static func positive(_ name: String, _ list: String, orZero: Bool = false) throws -> [Double] {
      try list.split(separator: ",", omittingEmptySubsequences: false).map { text in
        guard let value = Double(text), value.isFinite, value > 0 || (orZero && value == 0) else {
          throw ValidationError(
            "--\(name) is \(list) and has to be \(orZero ? "numbers" : "positive numbers"), such as 2,10.")
        }
        return value
      }
    }
  }
}
