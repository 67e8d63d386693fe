import Kernels
public import Networks
import Tensors

/// Projected gradient descent on the negative loss in a ball.
///
/// Madry et al. 2018. Each step moves along the sign of the gradient by the image (linf), along the gradient at unit
/// length (l2), or along the signs of its largest entries (l1; Tramer and Boneh 2019), by `stepSize`, and projects on the
/// ball and on [0, 1]. The last iterate counts. The fast gradient sign method (Goodfellow et al. 2015) is one step of
/// length epsilon without random start; with random start and 1.25 epsilon it is FGSM-RS (Wong, Rice and Kolter 2020).
public struct ProjectedGradientDescent: Attack {
  /// Which class a targeted attack steers to.
  public enum Target: Equatable, Sendable {
    /// The most likely class other than the label, at the clean image.
    case runnerUp
    /// The least likely class at the clean image.
    case leastLikely
    /// One class for all samples; those that bear it as label are steered to the runner-up.
    case fixed(Int)
    /// Every other class in turn: restart r aims at other class number r modulo their number.
    case everyOther
  }

  /// The name in configurations and results.
  public var name = "pgd"
  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel
  /// The number of steps.
  public var steps: Int
  /// The length of a step, in pixel units.
  public var stepSize: Float
  /// Whether the first iterate is drawn from the ball.
  public var randomStart: Bool
  /// Whether the random start is projected on [0, 1] before the first gradient; FGSM-RS does not.
  public var clipsStart = true
  /// The number of independent runs.
  public var restarts: Int
  /// The loss that is driven up, or for a targeted attack down.
  public var loss: LossFunction
  /// The class to steer to; nil where any misclassification will do.
  public var target: Target?

  /// Creates an attack.
  public init(
    threat: ThreatModel, steps: Int, stepSize: Float, randomStart: Bool = true, restarts: Int = 1,
    loss: LossFunction = .crossEntropy, target: Target? = nil
  ) {
    self.threat = threat
    self.steps = steps
    self.stepSize = stepSize
    self.randomStart = randomStart
    self.restarts = restarts
    self.loss = loss
    self.target = target
  }

  /// The fast gradient sign method.
  public static func fastGradientSign(
    threat: ThreatModel, stepSize: Float? = nil, loss: LossFunction = .crossEntropy
  ) -> ProjectedGradientDescent {
    var attack = ProjectedGradientDescent(
      threat: threat, steps: 1, stepSize: stepSize ?? threat.epsilon, randomStart: false, loss: loss)
    attack.name = "fgsm"
    return attack
  }

  /// The fast gradient sign method from a random start.
  public static func fastGradientSignRandomStart(
    threat: ThreatModel, stepSize: Float? = nil, restarts: Int = 1, loss: LossFunction = .crossEntropy
  ) -> ProjectedGradientDescent {
    var attack = ProjectedGradientDescent(
      threat: threat, steps: 1, stepSize: stepSize ?? 1.25 * threat.epsilon, restarts: restarts, loss: loss)
    attack.name = "fgsm-rs"
    attack.clipsStart = false
    return attack
  }

  /// A step for each pass, and one more at the clean image where a target is chosen there.
  public var forwardPasses: Int { steps + (target == nil ? 0 : 1) }
  /// Whether all restarts aim alike.
  public var restartsAreRepeats: Bool { target != .everyOther }

  /// Runs restart number `restart`, leaving adversarial examples in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    try chooseTargets(batch, model, restart, context)
    let ball = Ball(threat, batch)
    start(batch, model, ball, restart, context)
    for step in 0..<steps {
      try model.forward(context.mode(pass: step))
      writeLossGradient(batch, model)
      try model.backwardImages()
      for row in 0..<batch.count {
        let offset = row * batch.imageElements
        ball.step(model.images + offset, along: model.imageGradient + offset, by: stepSize, row)
      }
    }
  }

  private func start(
    _ batch: AttackBatch, _ model: any DifferentiableClassifier, _ ball: Ball, _ restart: Int,
    _ context: AttackContext
  ) {
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    guard randomStart else { return }
    for row in 0..<batch.count {
      var stream = context.stream(.attackStart, sample: batch.samples[row], restart: restart)
      let image = model.images + row * batch.imageElements
      ball.addUniformNoise(to: image, from: &stream)
      if clipsStart { ball.project(image, row) }
    }
  }

  private func writeLossGradient(_ batch: AttackBatch, _ model: any DifferentiableClassifier) {
    for row in 0..<batch.capacity {
      let gradient = model.outputGradient + row * model.outputCount
      if row >= batch.count {
        gradient.update(repeating: 0, count: model.outputCount)
        continue
      }
      let aim = target == nil ? batch.labels[row] : batch.targets[row]
      _ = loss(model.outputs(of: row), label: aim, gradient: gradient)
      if target != nil {
        for k in 0..<model.outputCount { gradient[k] = -gradient[k] }
      }
    }
  }

  private func chooseTargets(
    _ batch: AttackBatch, _ model: any DifferentiableClassifier, _ restart: Int, _ context: AttackContext
  ) throws {
    guard let target else { return }
    if target == .everyOther {
      for row in 0..<batch.count {
        let other = restart % max(model.outputCount - 1, 1)
        batch.targets[row] = other < batch.labels[row] ? other : other + 1
      }
      return
    }
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    try model.forward(context.mode(pass: steps))
    for row in 0..<batch.count {
      batch.targets[row] = target.choose(model.outputs(of: row), label: batch.labels[row])
    }
  }
}

extension ProjectedGradientDescent.Target {
  func choose(_ outputs: UnsafeBufferPointer<Float>, label: Int) -> Int {
    // A single score has one other class.
    if outputs.count == 1 { return 1 - label }
    let others = outputs.indices.filter { $0 != label }
    let runnerUp = others.max { outputs[$0] < outputs[$1] } ?? label
    switch self {
    case .runnerUp, .everyOther: return runnerUp
    case .leastLikely: return others.min { outputs[$0] < outputs[$1] } ?? label
    case .fixed(let target): return target == label ? runnerUp : target
    }
  }
}
