public import Attacks
public import DataParallel
import Datasets
import Kernels
public import Networks
public import Tensors

/// What one optimizer step did.
public struct StepOutcome: Sendable {
  /// The losses and hits on the examples that were learned from, over the whole batch.
  public var batch: BatchOutcome
  /// Seconds this rank's threads spent attacking, on average over the threads.
  public var attackSeconds = 0.0
  /// Seconds this rank spent computing micro-batches, attacks included.
  public var computeSeconds = 0.0
  /// Seconds this rank spent in the reduction, waiting for others included.
  public var reduceSeconds = 0.0
}

/// One optimizer step: the batch, the model, and the verbs that training methods are written in.
public struct TrainingStep {
  /// What becomes of the adversarial examples of a batch.
  enum Examples {
    /// They are crafted and forgotten.
    case discarded
    /// They are crafted and kept for another gradient.
    case kept
    /// Those kept before are used again.
    case reused
  }

  /// The number of steps taken before this one, which random numbers depend on.
  public let index: Int
  /// The learning rate, and how the run around the step stands.
  public let conditions: StepConditions
  let learner: Learner
  let batch: ArraySlice<Int>
  var examples = Examples.discarded

  /// The work on one micro-batch, done by one thread.
  public struct Work: Sendable {
    /// The samples and the model; the session holds the clean images.
    public let workspace: AttackWorkspace
    /// The thread that does it, from 0.
    public let worker: Int
    /// The index of the micro-batch within the batch.
    public let microbatch: Int
    /// The places of its samples within the batch.
    public let rows: Range<Int>
    /// Overwritten with the sum of the samples' gradients.
    public let gradient: ParameterArena
    let stopwatch: Stopwatch

    /// Has what `body` does counted as attacking.
    public func attack<Value>(_ body: () throws -> Value) rethrows -> Value {
      try stopwatch.measure(body)
    }
  }

  /// Has every micro-batch of this rank computed, and reduces: afterwards all ranks hold the mean gradient over the
  /// batch.
  ///
  /// The verb that all methods come down to.
  ///
  /// - Parameter learn: Called on worker threads with the clean images in place; may depend on weights, seed, step and
  ///   samples only. Fills the gradient, and returns the sum of the losses and the number of hits.
  /// - Throws: `StepRejection` on all ranks together where the loss is not finite.
  public func computeGradient(
    _ learn: @escaping @Sendable (Work) throws -> (loss: Double, correct: Int)
  ) throws -> StepOutcome {
    let plan = microbatches
    let (workspaces, images, positions) = (learner.workspaces, learner.images, Array(batch))
    let augmentation = self.augmentation
    let stopwatch = Stopwatch()
    let total = try learner.model.computeGradient(plan) { worker, microbatch, gradient in
      let workspace = workspaces[worker]
      let rows = plan.samples(of: microbatch)
      workspace.fill(positions[rows], of: images, augmentation: augmentation)
      let result = try learn(
        Work(
          workspace: workspace, worker: worker, microbatch: microbatch, rows: rows, gradient: gradient,
          stopwatch: stopwatch))
      return BatchOutcome(loss: result.loss, correct: result.correct, samples: workspace.batch.count)
    }
    let outcome = StepOutcome(
      batch: total, attackSeconds: stopwatch.seconds / Double(learner.model.pool.workers),
      computeSeconds: learner.model.timing.compute, reduceSeconds: learner.model.timing.reduce)
    guard total.loss.isFinite else { throw StepRejection(reason: .nonFiniteLoss, outcome: outcome) }
    return outcome
  }

  /// Attacks every micro-batch of this rank, learns from the examples, and reduces.
  ///
  /// The attack talks to nobody and computes gradients by the images only.
  ///
  /// - Parameters:
  ///   - attack: What crafts the examples, before adjustments; nil for clean images.
  ///   - objective: What is minimized.
  ///   - attacksInTrainingMode: Whether dropout is active while attacking.
  ///   - attackStatistics: The statistics that batch normalization uses then; nil for those that go with dropout.
  ///   - cleanFraction: The share of each batch that stays clean, spread evenly over it.
  /// - Throws: `StepRejection` on all ranks together where the loss is not finite.
  public func computeGradient(
    attack: (any Attack)?, objective: TrainingObjective, attacksInTrainingMode: Bool,
    attackStatistics: ForwardMode.Statistics? = nil, cleanFraction: Double = 0
  ) throws -> StepOutcome {
    let attack = attack.map { adjusted($0) }
    let context = attackContext(trainingMode: attacksInTrainingMode, statistics: attackStatistics)
    let firstPass = self.firstPass(behind: attack?.forwardPasses ?? 0)
    let (examples, store) = (examples, learner.examples)
    if examples == .kept { store.prepare(for: self) }
    return try computeGradient { work in
      let workspace = work.workspace
      if examples == .reused {
        store.load(work)
      } else if let attack {
        try work.attack {
          try attack.runKeepingWorst(
            workspace.batch, on: workspace.session, loss: objective.attackedFunction, context)
        }
        if cleanFraction > 0 {
          workspace.restoreCleanImages { Self.isClean(work.rows.lowerBound + $0, cleanFraction) }
        }
      }
      if examples == .kept { store.save(work) }
      return try workspace.learn(
        objective, mode: { learningMode(pass: firstPass + $0, context) }, into: work.gradient)
    }
  }

  /// Changes the weights along the gradient, and the running statistics by those that came with it, the same way on
  /// every rank.
  ///
  /// - Parameter outcome: What the gradient's batch came to.
  /// - Throws: `StepRejection` on all ranks together where the step may not be taken.
  public func update(behind outcome: StepOutcome) throws {
    let model = learner.model
    model.watchdog?.enter(.update)
    let loss = outcome.batch.loss / Double(max(outcome.batch.samples, 1))
    if let limit = conditions.lossLimit, loss > limit {
      throw StepRejection(reason: .lossSpike(limit: limit), outcome: outcome)
    }
    let (gradient, count) = (model.gradient.pointer, model.gradient.layout.trainedCount)
    if conditions.checksGradient, Passes.selected.nonFiniteCount(gradient, model.gradient.count) > 0 {
      throw StepRejection(reason: .nonFiniteGradient, outcome: outcome)
    }
    if let limit = conditions.gradientLimit {
      let factor = limit / (Passes.selected.sumOfSquares(gradient, count).squareRoot() + 1e-6)
      if factor < 1 { Passes.selected.scale(gradient, by: Float(factor), count) }
    }
    learner.optimizer.update(model.parameters, gradient: model.gradient, rate: conditions.rate)
    model.network.runningStatistics.update(model.parameters, with: model.gradient)
    try model.parametersChanged()
  }

  /// Adds the gradient of factor * ||w||^2 over all weights, biases left out.
  ///
  /// - Returns: The value of that term.
  public func addSquaredNormGradient(factor: Double) -> Double {
    let model = learner.model
    var squares = 0.0
    for entry in model.network.parameterLayout.entries where !entry.name.hasSuffix(".bias") {
      let weights = model.parameters.pointer + entry.offset
      Passes.selected.addScaled(
        model.gradient.pointer + entry.offset, Float(2 * factor), weights, entry.count)
      squares += Passes.selected.sumOfSquares(weights, entry.count)
    }
    return factor * squares
  }
}

extension TrainingStep {
  /// The batch in micro-batches.
  var microbatches: MicrobatchPlan {
    MicrobatchPlan(samples: batch.count, microbatch: learner.model.network.microbatch)
  }

  /// What becomes of the images: the same in every gradient and every replay of an epoch.
  var augmentation: EpochAugmentation? {
    learner.augmentation.map {
      EpochAugmentation($0, seed: learner.seed, epoch: UInt64(conditions.epoch))
    }
  }

  /// The random numbers of this step's attacks.
  func attackContext(
    trainingMode: Bool, statistics: ForwardMode.Statistics? = nil
  ) -> AttackContext {
    AttackContext(
      seed: learner.seed, step: UInt64(index), trainingMode: trainingMode, statistics: statistics)
  }

  /// The attack as the run has adjusted it.
  func adjusted(_ attack: any Attack) -> any Attack {
    guard let adjustable = attack as? any AdjustableAttack else { return attack }
    return adjustable.adjusted(by: conditions.adjustment)
  }

  /// The number of the first forward pass that is learned from; a second gradient draws masks of its own.
  func firstPass(behind attackPasses: Int) -> Int {
    attackPasses + 1 + (examples == .reused ? 2 : 0)
  }

  /// Whether the sample at a place of a batch stays clean where a fraction of the batch does: every k-th for 1/k.
  package static func isClean(_ place: Int, _ fraction: Double) -> Bool {
    (Double(place + 1) * fraction).rounded(.down) > (Double(place) * fraction).rounded(.down)
  }
}

/// The mode of a forward pass that is learned from.
func learningMode(pass: Int, _ context: AttackContext) -> ForwardMode {
  .training(seed: context.seed, step: context.step, pass: UInt32(pass))
}
