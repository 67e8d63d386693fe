import Checkpoints
import Datasets
import Foundation
import Networks
import Reports
import Tensors

/// `holdfast bench scaling`: training steps on several numbers of ranks of this machine, and a model that says what more
/// ranks and other networks would give.
///
/// It starts mpirun itself, for one measurement after the other, and is not to be started by it.
public struct ScalingBenchmark {
  /// What the command line says.
  public struct Options: Sendable {
    /// The numbers of ranks.
    public var ranks = [1, 2, 4]
    /// The architecture.
    public var model = "cnn-small"
    /// The training method: standard, fgsm, fgsm-rs or pgd.
    public var attack = "pgd"
    /// The steps of pgd.
    public var steps = 10
    /// The batch of strong scaling, and each rank's share of it in weak scaling.
    public var batch = 128
    /// The samples of a micro-batch; nil for the model's default.
    public var microbatch: Int?
    /// The threads of each rank.
    public var threads = 1
    /// The steps that are measured on each number of ranks.
    public var repetitions = 5
    /// Where the results go as a file for `holdfast report`; nil for nowhere.
    public var output: String?
    /// Whether standard output gets one JSON object.
    public var json = false

    /// Creates options with their defaults.
    public init() {}
  }

  private let options: Options
  private let console = Console(isSpeaker: true)

  /// Prepares the command.
  public init(_ options: Options) {
    self.options = options
  }

  /// Measures, fits, prints, and returns the exit code.
  ///
  /// - Throws: `ExperimentError` where mpirun is missing or a measurement fails; `FileError`.
  public func run() throws -> Int32 {
    let launcher = try RankLauncher(threads: options.threads)
    let bytes = try gradientBytes()
    var steps: [ScalingRecord.Step] = []
    var microbatch = 0
    for mode in ScalingRecord.Mode.allCases {
      for ranks in options.ranks where mode == .strong || ranks > 1 {
        let batch = mode == .strong ? options.batch : options.batch * ranks
        console.note("measuring \(mode.rawValue) scaling: \(ranks) ranks, batch \(batch)")
        let step = try measureStep(launcher, ranks: ranks, batch: batch)
        microbatch = step.microbatch
        steps.append(.init(mode: mode, ranks: ranks, batch: batch, seconds: step.stepSeconds))
      }
    }
    let reductions = try measureReductions(launcher, bytes: bytes)
    let workload = ScalingModel.Workload(
      microbatch: microbatch, threads: options.threads, gradientBytes: bytes)
    let cpus = Machine.current().cpus
    guard let fit = ScalingModel(steps: steps, reductions: reductions, of: workload, cpus: cpus) else {
      throw ExperimentError.usage("--ranks names no number of ranks")
    }
    let record = ScalingRecord(
      model: options.model, method: options.attack == "pgd" ? "pgd-\(options.steps)" : options.attack,
      microbatch: microbatch, threads: options.threads, cpus: cpus, gradientBytes: bytes,
      steps: steps.map { step in
        var step = step
        step.modelSeconds = fit.seconds(
          ranks: step.ranks, batch: step.batch, of: workload, cpus: cpus)
        return step
      },
      reductions: reductions, fit: fit,
      predictions: fit.predictions(of: workload, batch: options.batch))
    if let doubt = record.doubt { console.warn(doubt) }
    if let output = options.output { try ReportFile.write(record, to: output) }
    try console.print(record, asJSON: options.json, text: ScalingTable(record).rendered())
    return ExitStatus.success
  }

  /// What is read of the output of `bench step`.
  private struct StepResult: Decodable {
    let stepSeconds: Double
    let microbatch: Int

    enum CodingKeys: String, CodingKey {
      case stepSeconds = "step_seconds"
      case microbatch
    }
  }

  private func measureStep(_ launcher: RankLauncher, ranks: Int, batch: Int) throws -> StepResult {
    var arguments = [
      "bench", "step", "--model", options.model, "--attack", options.attack, "--steps", "\(options.steps)",
      "--batch", "\(batch)", "--threads", "\(options.threads)", "--repetitions", "\(options.repetitions)",
      "--json",
    ]
    if let microbatch = options.microbatch { arguments += ["--microbatch", "\(microbatch)"] }
    return try launcher.run(arguments, ranks: ranks, decoding: StepResult.self)
  }

  /// What is read of the output of `bench allreduce`.
  private struct ReductionResult: Decodable {
    struct Milliseconds: Decodable {
      let median: Double
    }
    let elements: Int
    let reduction: Milliseconds

    enum CodingKeys: String, CodingKey {
      case elements
      case reduction = "reduction_ms"
    }
  }

  /// Small messages show the latency, large ones the bandwidth.
  private func measureReductions(_ launcher: RankLauncher, bytes: Double) throws -> [ScalingRecord.Reduction]
  {
    var results: [ScalingRecord.Reduction] = []
    for ranks in options.ranks where ranks > 1 {
      for size in [4096, bytes / 8, bytes] {
        console.note("measuring the reduction: \(ranks) ranks, \(fixed(size / 1e6, 2)) MB")
        let result = try launcher.run(
          ["bench", "allreduce", "--elements", "\(max(Int(size / 4), 1))", "--repetitions", "21", "--json"],
          ranks: ranks, decoding: ReductionResult.self)
        results.append(
          .init(ranks: ranks, bytes: Double(4 * result.elements), seconds: result.reduction.median * 1e-3))
      }
    }
    return results
  }

  private func gradientBytes() throws -> Double {
    let images = LabeledImages.random(1)
    let architecture = try ExperimentConfiguration.architecture(options.model, for: images)
    return Double(MemoryLayout<Float>.size * architecture.parameterLayout().count)
  }
}
