import DataParallel
import Datasets
import Foundation
import Networks
import Reports
import Tensors

/// `holdfast bench scaling`: strong and weak scaling on this machine, and what a model that is fitted to it says about
/// more ranks and slower networks.
///
/// It starts mpirun itself, once for each measurement, with `bench step` and `bench allreduce` inside.
public struct ScalingBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The training step that is measured; its batch is that of strong scaling, and of one rank in weak scaling.
    public var step = StepBenchmark.Options()
    /// The numbers of ranks.
    public var ranks = [1, 2, 4]
    /// The threads of each rank.
    public var threads = 1
    /// The latency of each network in microseconds.
    public var latencies = [2.0, 10, 50]
    /// The bandwidth of each in Gbit/s.
    public var bandwidths = [100.0, 25, 1]
    /// The ranks of a host in what is predicted.
    public var ranksPerHost = 1
    /// The most ranks that are predicted.
    public var most = 1024
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}
  }

  /// The sizes of gradients whose reduction is measured, by that of the model: what a message costs shows in the
  /// smallest, what a byte costs in the largest.
  private static let fractions = [1.0 / 64, 1.0 / 8, 1]

  private let options: Options
  private let console = Console(isSpeaker: true)

  /// Prepares the command.
  public init(_ options: Options) {
    self.options = options
  }

  /// Measures, prints, and returns the exit code; errors are printed too.
  public func run() -> Int32 {
    do {
      let report = try measure()
      try console.print(report, asJSON: options.json, text: report.text)
      return ExitStatus.success
    } catch {
      console.note("\(error)")
      return ExitStatus.of(error)
    }
  }

  private func measure() throws -> ScalingReport {
    // Errors of the command line are found here, before anything is started.
    let configuration = try StepBenchmark.configuration(options.step)
    let microbatch = configuration.batch.microbatch
    let images = LabeledImages.random(1, for: configuration.model)
    let parameters = try ExperimentConfiguration.architecture(options.step.model, for: images)
      .parameterLayout().entries.reduce(0) { $0 + $1.count }
    let cpus = Machine.current().cpus
    let launcher = try RankLauncher(cpus: cpus)
    let crowded = options.ranks.filter { $0 * options.threads > cpus }
    if let first = crowded.first {
      console.warn(
        "\(first) ranks x \(options.threads) threads share \(cpus) CPUs: what is measured on more threads than CPUs "
          + "is marked, and says nothing about scaling")
    }

    var steps: [ScalingReport.Step] = []
    var attackSteps = 0
    var reductions: [ReductionPoint] = []
    for ranks in options.ranks {
      let isCrowded = ranks * options.threads > cpus
      for kind in ScalingReport.Kind.allCases {
        let batch = kind == .strong ? options.step.batch : options.step.batch * ranks
        // Both are the same on one rank.
        if kind == .weak, ranks == 1 { continue }
        console.show("\(kind.rawValue) scaling, \(ranks) ranks")
        let found = try launcher.run(
          MeasuredStep.self, ranks: ranks, threads: options.threads, stepArguments(batch: batch))
        attackSteps = found.steps
        steps.append(.init(kind, found, ranks: ranks, threads: options.threads, isCrowded: isCrowded))
      }
      guard ranks > 1 else { continue }
      reductions += try measureReductions(ranks, parameters, launcher, isCrowded: isCrowded)
    }
    console.clearStatus()
    return ScalingReport(
      options, attackSteps: attackSteps, microbatch: microbatch, parameters: parameters, steps: steps,
      reductions: reductions)
  }

  /// Reductions of several sizes, by the path of this machine and by messages.
  private func measureReductions(
    _ ranks: Int, _ parameters: Int, _ launcher: RankLauncher, isCrowded: Bool
  ) throws -> [ReductionPoint] {
    var points: [ReductionPoint] = []
    for choice in ReductionChoice.allCases {
      for fraction in Self.fractions {
        let elements = max(Int(Double(parameters) * fraction), 16)
        console.show("reduction of \(elements) floats by \(choice.rawValue), \(ranks) ranks")
        let found = try launcher.run(
          MeasuredReduction.self, ranks: ranks, threads: 1,
          ["bench", "allreduce", "--elements", "\(elements)", "--repetitions", "21", "--json"],
          environment: ["HOLDFAST_REDUCTION": choice.rawValue])
        guard let path = ReductionModel.Path(found.path) else { continue }
        points.append(
          ReductionPoint(
            path: path, ranks: ranks, bytes: found.megabytes * 1e6, seconds: found.reduction.median * 1e-3,
            isCrowded: isCrowded))
      }
    }
    return points
  }

  private func stepArguments(batch: Int) -> [String] {
    let step = options.step
    return [
      "bench", "step", "--model", step.model, "--attack", step.attack, "--steps", "\(step.steps)", "--batch",
      "\(batch)", "--threads", "\(options.threads)", "--repetitions", "\(step.repetitions)", "--json",
    ] + (step.microbatch.map { ["--microbatch", "\($0)"] } ?? [])
  }
}

/// What is read of the object that `bench step` prints.
struct MeasuredStep: Decodable {
  struct Probe: Decodable {
    let cores: Double
  }

  let samplesPerSecond: Spread
  let stepSeconds: Double
  let phases: [String: Double]
  /// The passes of the attack.
  let steps: Int
  let batch: Int
  let microbatch: Int
  let reduction: String
  let probes: [Probe]

  enum CodingKeys: String, CodingKey {
    case samplesPerSecond = "samples_per_second"
    case stepSeconds = "step_seconds"
    case phases = "phase_seconds"
    case steps, batch, microbatch, reduction, probes
  }
}

/// What is read of the object that `bench allreduce` prints.
struct MeasuredReduction: Decodable {
  let path: String
  let megabytes: Double
  let reduction: Spread

  enum CodingKeys: String, CodingKey {
    case path, megabytes
    case reduction = "reduction_ms"
  }
}
