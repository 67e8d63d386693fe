import Attacks
import DataParallel
import Datasets
import Evaluation
import MessagePassing
import Networks

/// What attacking a few micro-batches says about attacking a whole split.
struct AttackForecast: Encodable, Sendable {
  /// The attack, as evaluations name it.
  let attack: String
  /// The samples of the split.
  let samples: Int
  /// The seconds for all of them, if every one is classified correctly and withstands: at most so many.
  let seconds: Double
}

/// Measures attacks on samples that the model has right and that withstand, so that none is spared anything.
struct AttackProbe {
  private let experiment: Experiment
  private let images: LabeledImages
  private let evaluator: RobustEvaluator
  private let clean: CleanResult
  private let onRootOnly: Bool

  /// The longest attack on a micro-batch that is run in full, in forward passes; longer ones are cut short.
  private let passes: Int

  /// The most passes.
  private static let passes = 50
  /// The fewest: a start, and some steps whose price can be told from that of the start.
  private static let fewestPasses = 5
  /// The micro-batches for each thread: as many as an attack takes at a time, where that does not take too long.
  private static let microbatchesPerThread = 4
  /// The seconds that passes over the probed samples should take at most, each counted as a forward pass.
  private static let budget = 2.0

  /// Takes some test samples, with the classes that the model gives them; all ranks call together.
  init(_ experiment: Experiment) throws {
    let onRootOnly = experiment.configuration.evaluation.on == .rank0
    let threads = experiment.threadPlan.threads
    let workers = onRootOnly ? threads[0] : threads.reduce(0, +)
    let test = experiment.data.dataset.test
    let round = workers * experiment.model.network.microbatch
    func makeEvaluator(_ images: LabeledImages) throws -> RobustEvaluator {
      try RobustEvaluator(
        experiment.model, images: images, positions: Array(0..<images.count),
        seed: experiment.configuration.seed, onRootOnly: onRootOnly)
    }
    let few = try makeEvaluator(test.prefix(min(round, test.count)))
    _ = try few.measureClean()
    let communicator = experiment.model.communicator
    let seconds = try Self.measure(on: communicator) { _ = try few.measureClean() }
    // Every rank's clock reads a little different, and all have to take as many.
    let passSeconds = try communicator.allReduce(seconds, .maximum)
    let affordable = Self.budget / max(passSeconds, 1e-6)
    passes = Int(min(max(affordable, Double(Self.fewestPasses)), Double(Self.passes)))
    let microbatches = min(max(affordable / Double(passes), 1), Double(Self.microbatchesPerThread))
    let some = test.prefix(min(Int(microbatches) * round, test.count))
    let images = some.labeled(try makeEvaluator(some).measureClean().predictions)
    let evaluator = try makeEvaluator(images)
    clean = try evaluator.measureClean()
    self.evaluator = evaluator
    self.images = images
    self.experiment = experiment
    self.onRootOnly = onRootOnly
  }

  /// Estimates an attack on `samples` samples; nil stands for none, which is a forward pass.
  func forecast(_ configuration: AttackConfiguration, samples: Int) throws -> AttackForecast {
    let threat = experiment.configuration.threat.model
    let outputs = experiment.architecture.outputs
    let whole = configuration.makeAttack(threat: threat, outputs: outputs)
    let communicator = experiment.model.communicator
    guard let whole else {
      let cleanSeconds = try Self.measure(on: communicator) { _ = try evaluator.measureClean() }
      return AttackForecast(
        attack: "clean", samples: samples, seconds: cleanSeconds * rounds(samples) / rounds(images.count))
    }
    // Nothing falls within a radius this small.
    let harmless = ThreatModel(norm: threat.norm, epsilon: 1e-7, box: threat.box)
    let short = configuration.shortened(to: passes, of: Self.passCount(whole))
    guard let probe = short.makeAttack(threat: harmless, outputs: outputs) else {
      return AttackForecast(attack: whole.label, samples: samples, seconds: 0)
    }
    // The first run makes what attacks keep.
    _ = try evaluator.measure(probe, clean: clean)
    let seconds = try Self.measure(on: communicator) { _ = try evaluator.measure(probe, clean: clean) }
    let factor = Double(Self.passCount(whole)) / Double(max(Self.passCount(probe), 1))
    return AttackForecast(
      attack: whole.label, samples: samples,
      seconds: seconds * max(factor, 1) * rounds(samples) / rounds(images.count))
  }

  /// The seconds that all ranks take together.
  private static func measure(on communicator: Communicator, _ body: () throws -> Void) throws -> Double {
    let clock = ContinuousClock()
    try communicator.barrier()
    let start = clock.now
    try body()
    try communicator.barrier()
    return (clock.now - start).inSeconds
  }

  /// How many micro-batches the busiest thread computes one behind the other.
  private func rounds(_ samples: Int) -> Double {
    let threads = experiment.threadPlan.threads
    let plan = MicrobatchPlan(samples: samples, microbatch: experiment.model.network.microbatch)
    return Double(Shard.rounds(microbatches: plan.count, threads: onRootOnly ? [threads[0]] : threads))
  }

  /// The forward passes of all restarts of all members.
  private static func passCount(_ attack: any Attack) -> Int {
    attack.stages.reduce(0) { $0 + $1.restarts * max($1.forwardPasses, 1) }
  }
}

extension AttackConfiguration {
  /// The same attack with fewer restarts, steps and queries, so that it takes about `limit` of `passes` passes.
  fileprivate func shortened(to limit: Int, of passes: Int) -> AttackConfiguration {
    guard passes > limit else { return self }
    var short = self
    short.restarts = 1
    let factor = max(Double(passes) / Double(restarts * limit), 1)
    if name.hasSteps { short.steps = max(Int(Double(steps) / factor), 2) }
    if name.hasQueries { short.queries = max(Int(Double(queries) / factor), 10) }
    return short
  }
}
