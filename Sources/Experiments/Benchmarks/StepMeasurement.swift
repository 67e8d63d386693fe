import Networks
import Training

/// What a benchmark of the training step found.
struct StepMeasurement: Encodable {
  /// Median seconds of a step's phases on rank 0.
  struct Phases: Encodable {
    /// Crafting adversarial examples.
    let attack: Double
    /// Learning from them: one more pass forward, and the gradient by the weights.
    let gradient: Double
    /// Adding gradients up over the ranks, waiting for the slowest of them included.
    let reduction: Double
    /// Changing the weights and handing them to the kernels.
    let update: Double
  }

  /// The rate of arithmetic as a library without shortcuts would count it (`OperationCount`), in GFLOP/s.
  struct Arithmetic: Encodable {
    let attack: Double
    let step: Double
    /// Of one thread, measured in the same run.
    let peak: Double
    /// The step's rate over the peak of all threads, had each a core.
    let shareOfPeak: Double
    /// The attack's.
    let attackShareOfPeak: Double

    enum CodingKeys: String, CodingKey {
      case attack, step, peak
      case shareOfPeak = "share_of_peak"
      case attackShareOfPeak = "attack_share_of_peak"
    }
  }

  let samplesPerSecond: Spread
  let stepSeconds: Double
  let attackSeconds: Double
  let reduceSeconds: Double
  let phases: Phases
  let arithmetic: Arithmetic
  /// Before and behind the measured steps.
  let probes: [WorkerProbe]
  let model: String
  let attack: String
  let steps: Int
  let batch: Int
  let microbatch: Int
  let ranks: Int
  let threads: Int
  let reduction: String
  let implementations: [String]

  enum CodingKeys: String, CodingKey {
    case samplesPerSecond = "samples_per_second"
    case stepSeconds = "step_seconds"
    case attackSeconds = "attack_seconds"
    case reduceSeconds = "reduce_seconds"
    case phases = "phase_seconds"
    case arithmetic = "gflops"
    case model, attack, steps, batch, microbatch, ranks, threads, reduction, probes, implementations
  }

  init(
    seconds: [Double], outcomes: [StepOutcome], passes: Int, probes: [WorkerProbe],
    _ options: StepBenchmark.Options, microbatch: Int, ranks: Int, threads: Int, reduction: String,
    network: CompiledNetwork
  ) {
    let attackTime = Spread(outcomes.map(\.attackSeconds)).median
    let reduceTime = Spread(outcomes.map(\.reduceSeconds)).median
    let stepTime = Spread(seconds).median
    let compute = outcomes.map(\.computeSeconds)
    samplesPerSecond = Spread(seconds.map { Double(options.batch) / $0 })
    stepSeconds = stepTime
    attackSeconds = attackTime
    reduceSeconds = reduceTime
    phases = Phases(
      attack: attackTime,
      gradient: Spread(zip(compute, outcomes).map { $0 - $1.attackSeconds }).median,
      reduction: reduceTime,
      update: Spread(
        zip(seconds, outcomes).map { max(0, $0 - $1.computeSeconds - $1.reduceSeconds) }
      ).median)
    let count = network.architecture.operationCount
    let attackOperations = Double(options.batch * passes) * count.attackPass * 1e-9
    let stepOperations = attackOperations + Double(options.batch) * count.learning * 1e-9
    let peak = probes.map(\.oneThread).max() ?? 0
    let workers = Double(probes.first?.workers ?? 1)
    let attackRate = attackTime > 0 ? attackOperations / attackTime : 0
    arithmetic = Arithmetic(
      attack: attackRate, step: stepOperations / stepTime, peak: peak,
      shareOfPeak: stepOperations / stepTime / (peak * workers),
      attackShareOfPeak: attackRate / (peak * workers))
    self.probes = probes
    model = options.model
    attack = options.attack
    steps = passes
    batch = options.batch
    self.microbatch = microbatch
    self.ranks = ranks
    self.threads = threads
    self.reduction = reduction
    implementations = network.implementations
  }

  var text: String {
    let milliseconds = { (seconds: Double) in fixed(seconds * 1e3, 1) }
    let percent = { (share: Double) in fixed(share * 100, 0) }
    return """
      \(model), \(attack) with \(steps) steps, batch \(batch) in micro-batches of \(microbatch), \
      \(ranks) ranks x \(threads) threads
        samples/s   \(fixed(samplesPerSecond.median, 1)) (\(fixed(samplesPerSecond.min, 1)) to \
      \(fixed(samplesPerSecond.max, 1)))
        step        \(milliseconds(stepSeconds)) ms: attack \(milliseconds(phases.attack)), gradient \
      \(milliseconds(phases.gradient)), reduction \(milliseconds(phases.reduction)) (\(reduction)), update \
      \(milliseconds(phases.update))
        GFLOP/s     \(fixed(arithmetic.step, 1)), \(percent(arithmetic.shareOfPeak)) % of the peak; attack \
      \(fixed(arithmetic.attack, 1)), \(percent(arithmetic.attackShareOfPeak)) % (zeros and padding counted)
        peak        before: \(probes.first?.text ?? "")
                    behind: \(probes.last?.text ?? "")
      """
  }
}
