public import Attacks
import DataParallel
public import Networks

/// "Free" adversarial training: each batch is learned from several times in a row, and the pass that gives the gradient
/// by the weights gives that by the images as well, which moves the perturbation on.
///
/// Shafahi et al. 2019. The perturbation of a place in the batch starts at zero, and is carried over replays and over
/// batches. As in the published PyTorch code (Wong et al. 2020), what is carried over to another image is projected on
/// the ball only, and on [0, 1] after the first step. Each replay is an optimizer step of its own.
public struct FreeAdversarialTraining: TrainingMethod {
  /// The name in configurations.
  public let name = "free"
  /// The set that perturbed images stay in.
  public let threat: ThreatModel
  /// The length of a step; as published, epsilon.
  public let stepSize: Float
  /// The steps taken on a batch.
  public let replays: Int
  /// The loss that is minimized, and that the perturbation raises.
  public let loss: TrainingLoss

  /// Creates the method.
  public init(threat: ThreatModel, stepSize: Float, replays: Int, loss: TrainingLoss) {
    self.threat = threat
    self.stepSize = stepSize
    self.replays = replays
    self.loss = loss
  }

  /// The method with its replays and steps.
  public var label: String {
    "free training: \(replays) replays of a batch, step \(stepSize) "
      + "(\(threat.norm.rawValue), epsilon \(threat.epsilon))"
  }

  /// The gradient at the carried perturbations, which move on unless the examples are to be used again.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    let carried = step.learner.carriedPerturbation(rows: step.batch.count)
    // Another batch may be spread over the ranks in another way.
    if step.index % replays == 0 && step.examples != .reused {
      try carried.share(on: step.learner.model.communicator)
    }
    let threat = step.conditions.adjustment.apply(to: threat)
    let length = step.conditions.adjustment.apply(toStepSize: stepSize)
    let mode = learningMode(pass: step.firstPass(behind: 0), step.attackContext(trainingMode: true))
    let movesOn = step.examples != .kept
    let loss = loss
    // Also where the step is rejected, as each rank's own rows have moved on by then.
    if movesOn { carried.isSpread(as: step.microbatches) }
    return try step.computeGradient { work in
      carried.add(to: work)
      let result = try work.workspace.learn(loss, mode: mode, into: work.gradient, andImages: movesOn)
      if movesOn {
        work.attack {
          work.workspace.ascend(threat, by: length)
          carried.take(from: work)
        }
      }
      return result
    }
  }
}
