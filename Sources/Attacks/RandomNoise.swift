public import Networks
import Tensors

/// Noise drawn uniformly from the ball: the control that every real attack has to beat.
public struct RandomNoise: Attack {
  /// The name in configurations and results.
  public let name = "noise"
  /// The set that the noise stays in.
  public var threat: ThreatModel
  /// The number of independent draws.
  public var restarts: Int
  /// No forward pass is needed.
  public var forwardPasses: Int { 0 }
  /// It looks at the model only once it is done.
  public var usesGradients: Bool { false }

  /// Creates the control.
  public init(threat: ThreatModel, restarts: Int = 1) {
    self.threat = threat
    self.restarts = restarts
  }

  /// Draws noise number `restart`, leaving the noisy images in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    let ball = Ball(threat, batch)
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    for row in 0..<batch.count {
      var stream = context.stream(.noise, sample: batch.samples[row], restart: restart)
      let image = model.images + row * batch.imageElements
      ball.addUniformNoise(to: image, from: &stream)
      ball.project(image, row)
    }
  }
}
