public import Networks
import Tensors

/// Projected gradient descent from a start just beside the clean image: the inner maximum of TRADES and of MART.
///
/// Zhang et al. 2019 and Wang et al. 2020. The start is x + 0.001 N(0, 1), not projected. It is needed where a divergence
/// from the outputs at x is driven up, whose gradient vanishes at x. Steps are those of `ProjectedGradientDescent`; the
/// last iterate counts.
public struct GaussianStartDescent: AdjustableAttack {
  /// What is driven up.
  public enum Goal: Equatable, Sendable {
    /// KL(p || q) of the softmax p at the clean image and q at the iterate; labels play no part.
    case divergence
    /// A loss at the iterate.
    case loss(LossFunction)
  }

  /// The name in results.
  public let name = "gaussian-start"
  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel
  /// The number of steps.
  public var steps: Int
  /// The length of a step, in pixel units.
  public var stepSize: Float
  /// What is driven up.
  public var goal: Goal
  /// The standard deviation of the start.
  public var deviation = 0.001
  /// One run.
  public var restarts: Int { 1 }

  /// Creates an attack.
  public init(threat: ThreatModel, steps: Int, stepSize: Float, goal: Goal) {
    self.threat = threat
    self.steps = steps
    self.stepSize = stepSize
    self.goal = goal
  }

  /// A pass for each step, and one at the clean image where the divergence from its outputs counts.
  public var forwardPasses: Int { steps + (goal == .divergence ? 1 : 0) }

  /// The attack with its radius and steps adjusted.
  public func adjusted(by adjustment: AttackAdjustment) -> Self {
    var attack = self
    attack.threat = adjustment.apply(to: threat)
    attack.stepSize = adjustment.apply(toStepSize: stepSize)
    attack.steps *= adjustment.steps
    return attack
  }

  /// Runs the attack, leaving adversarial examples in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    let ball = Ball(threat, batch)
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    let clean = batch.makeCleanOutputs(count: model.outputCount)
    if goal == .divergence {
      try model.forward(context.mode(pass: steps))
      clean.pointer.update(from: model.outputs, count: clean.count)
    }
    for row in 0..<batch.count {
      var stream = context.stream(.attackStart, sample: batch.samples[row], restart: restart)
      let image = model.images + row * batch.imageElements
      for i in 0..<batch.imageElements { image[i] += Float(deviation * stream.normal()) }
    }
    for step in 0..<steps {
      try model.forward(context.mode(pass: step))
      writeGradient(batch, model, clean)
      try model.backwardImages()
      for row in 0..<batch.count {
        let offset = row * batch.imageElements
        ball.step(model.images + offset, along: model.imageGradient + offset, by: stepSize, row)
      }
    }
  }

  private func writeGradient(
    _ batch: AttackBatch, _ model: any DifferentiableClassifier, _ clean: AlignedBuffer<Float>
  ) {
    for row in 0..<batch.capacity {
      let gradient = model.outputGradient + row * model.outputCount
      guard row < batch.count else {
        gradient.update(repeating: 0, count: model.outputCount)
        continue
      }
      let outputs = model.outputs(of: row)
      switch goal {
      case .divergence:
        let reference = UnsafeBufferPointer(
          start: UnsafePointer(clean.pointer + row * model.outputCount), count: model.outputCount)
        outputs.writeDivergenceGradient(from: reference, into: gradient)
      case .loss(let loss):
        _ = loss(outputs, label: batch.labels[row], gradient: gradient)
      }
    }
  }
}
