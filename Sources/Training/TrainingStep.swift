public import Attacks
public import DataParallel
import Datasets
import Kernels
import MessagePassing
public import Networks
import Tensors

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
  /// The number of steps taken before this one, which random numbers depend on.
  public let index: Int
  /// The learning rate.
  public let rate: Double
  let learner: Learner
  let batch: ArraySlice<Int>

  /// Attacks every micro-batch of this rank, computes its gradient, and reduces: afterwards all ranks hold the
  /// mean gradient over the batch.
  ///
  /// The attack talks to nobody and computes gradients by the images only.
  ///
  /// - Throws: A failure of all ranks together where the loss is not finite.
  public func computeGradient(
    attack: (any Attack)?, loss: LossFunction, attacksInTrainingMode: Bool
  ) throws -> StepOutcome {
    let context = AttackContext(
      seed: learner.seed, step: UInt64(index), trainingMode: attacksInTrainingMode)
    let plan = MicrobatchPlan(samples: batch.count, microbatch: learner.model.network.microbatch)
    let (workspaces, images, positions) = (learner.workspaces, learner.images, Array(batch))
    let stopwatch = Stopwatch()
    let total = try learner.model.computeGradient(plan) { worker, microbatch, gradient in
      let workspace = workspaces[worker]
      workspace.fill(positions[plan.samples(of: microbatch)], of: images)
      if let attack {
        try stopwatch.measure {
          try attack.runKeepingWorst(workspace.batch, on: workspace.session, loss: loss, context)
        }
      }
      let passes = (attack?.forwardPasses ?? 0) + 1
      let mode = ForwardMode.training(seed: context.seed, step: context.step, pass: UInt32(passes))
      let result = try workspace.learn(loss, mode: mode, into: gradient)
      return BatchOutcome(loss: result.loss, correct: result.correct, samples: workspace.batch.count)
    }
    try requireFinite(total)
    return StepOutcome(
      batch: total, attackSeconds: stopwatch.seconds / Double(learner.model.pool.workers),
      computeSeconds: learner.model.timing.compute, reduceSeconds: learner.model.timing.reduce)
  }

  /// Changes the weights along the gradient, the same way on every rank.
  public func update() throws {
    learner.model.watchdog?.enter(.update)
    learner.optimizer.update(learner.model.parameters, gradient: learner.model.gradient, rate: rate)
    try learner.model.parametersChanged()
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

  private func requireFinite(_ outcome: BatchOutcome) throws {
    if outcome.loss.isFinite { return }
    // All ranks know the same total: the failure is agreed on, and said once.
    let communicator = learner.model.communicator
    let hosts = try communicator.allGather(communicator.hostName)
    func places(_ ranks: [Int]) -> [RankPlace] { ranks.map { RankPlace(rank: $0, host: hosts[$0]) } }
    // Weights that are not finite on one rank only are a fault of its memory, and none of the learning rate.
    let odd = try learner.model.ranksWithOtherWeights()
    try communicator.agree {
      throw TrainingError.nonFiniteLoss(
        step: index, rate: rate, places: places(learner.model.nonFiniteRanks), corrupt: places(odd))
    }
  }
}
