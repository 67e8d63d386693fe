public import Networks
import Tensors

/// Auto-PGD: projected gradient descent that chooses its steps itself (Croce and Hein, "Reliable evaluation of
/// adversarial robustness with an ensemble of diverse parameter-free attacks", 2020; for l1 "Mind the box", 2021).
///
/// Steps start at 2 epsilon, with momentum 0.75. At checkpoints the step of a sample is halved, and the sample goes back
/// to its best iterate, if its loss rose in less than 75 % of the steps or its maximum did not move. In an l1 ball steps
/// are sparse, and their sparsity follows that of the best iterate.
///
/// A sample is broken by its first misclassified iterate, which is left as adversarial example; a run ends when all
/// samples of the micro-batch are. Where none was misclassified, the iterate of highest loss is left.
public struct AutoProjectedGradientDescent: Attack {
  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel
  /// The loss that is driven up, where no class is aimed at.
  public var loss: LossFunction
  /// The number of steps.
  public var steps: Int
  /// The number of independent runs, for each class aimed at.
  public var restartsPerTarget: Int
  /// The number of classes that are aimed at, from the runner-up on; nil where any misclassification will do.
  public var targetClasses: Int?
  /// The passes whose gradients are added up for a step, where the model is randomised (expectation over
  /// transformation).
  public var gradientSamples: Int
  /// Whether the search begins in balls of three times and twice the radius, as AutoAttack does for l1.
  public var shrinksRadius: Bool

  /// The share of steps that have to raise the loss.
  static let risingShare = 0.75
  /// The share of a step that is new; the rest is the direction of the step before.
  static let novelty: Float = 0.75

  /// Creates an attack with the published parameters.
  ///
  /// - Parameters:
  ///   - threat: The set of allowed perturbations.
  ///   - loss: The loss that is driven up; with `targetClasses` it is the targeted ratio of logits instead.
  ///   - steps: The number of steps.
  ///   - restarts: The independent runs, for each class aimed at.
  ///   - targetClasses: How many classes are aimed at, in the order of their scores at the clean image; nil for an
  ///     untargeted attack. More than the model has other classes aim at the last again.
  ///   - gradientSamples: The passes of a step on a model that is randomised.
  public init(
    threat: ThreatModel, loss: LossFunction = .crossEntropy, steps: Int = 100, restarts: Int = 1,
    targetClasses: Int? = nil, gradientSamples: Int = 1
  ) {
    precondition(steps >= 0 && restarts > 0 && gradientSamples > 0, "an attack without steps or runs")
    self.threat = threat
    self.loss = loss
    self.steps = steps
    restartsPerTarget = restarts
    self.targetClasses = targetClasses
    self.gradientSamples = gradientSamples
    shrinksRadius = threat.norm == .l1
  }

  /// The name in configurations and results: apgd-ce, apgd-dlr, apgd-t.
  public var name: String {
    if targetClasses != nil { return "apgd-t" }
    return loss == .crossEntropy || loss == .logistic ? "apgd-ce" : "apgd-\(loss.rawValue)"
  }

  /// The number of runs: all for the first class aimed at, then all for the next.
  public var restarts: Int { restartsPerTarget * (targetClasses ?? 1) }

  /// The least number of outputs that the attack's loss has a value for.
  public var leastOutputs: Int {
    targetClasses == nil ? loss.leastOutputs : TargetedLogitRatio.leastOutputs
  }

  /// A pass for each stage's start and each step, and one more at the clean image where a target is chosen there.
  public var forwardPasses: Int {
    (steps + stages.count) * gradientSamples + (targetClasses == nil ? 0 : 1)
  }

  var stages: [AutoDescentStage] {
    AutoDescentStage.all(threat: threat, steps: steps, shrinking: shrinksRadius)
  }

  /// The steps of a run that end with a checkpoint, counted from 1.
  package var checkpoints: [Int] { AutoDescentSchedule.checkpoints(steps: steps, norm: threat.norm) }

  /// Runs for several classes differ in what they aim at.
  public var restartsAreRepeats: Bool { targetClasses == nil }

  /// A sample that is broken needs no further steps.
  public var restsRows: Bool { true }

  /// Runs restart number `restart`, leaving adversarial examples in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    try chooseTargets(batch, model, restart, context)
    var descent = AutoDescent(self, batch, model, context)
    let stages = stages
    for (number, stage) in stages.enumerated() {
      let ball = Ball(threat.with(epsilon: stage.radius), batch)
      if number == 0 {
        placeStarts(batch, model, ball, restart, context)
      } else {
        for row in 0..<batch.count { ball.project(model.images + row * batch.imageElements, row) }
      }
      try descent.climb(stage, in: ball, isLast: number == stages.count - 1)
    }
  }

  private func placeStarts(
    _ batch: AttackBatch, _ model: any DifferentiableClassifier, _ ball: Ball, _ restart: Int,
    _ context: AttackContext
  ) {
    // Padding too gets its images.
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    for row in 0..<batch.count {
      var stream = context.stream(.attackStart, sample: batch.samples[row], restart: restart)
      ball.placeStart(model.images + row * batch.imageElements, row, from: &stream)
    }
  }

  private func chooseTargets(
    _ batch: AttackBatch, _ model: any DifferentiableClassifier, _ restart: Int, _ context: AttackContext
  ) throws {
    guard targetClasses != nil else { return }
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    try model.forward(context.mode(pass: forwardPasses - 1))
    let place = min(restart / restartsPerTarget, model.outputCount - 2)
    for row in 0..<batch.count {
      batch.targets[row] = Self.target(place, model.outputs(of: row), label: batch.labels[row])
    }
  }

  /// The class other than `label` that `place` others are before in the order of scores.
  private static func target(_ place: Int, _ outputs: UnsafeBufferPointer<Float>, label: Int) -> Int {
    // A NaN has no place in an order: it comes last.
    let score = { (k: Int) in outputs[k].isNaN ? -Float.infinity : outputs[k] }
    for candidate in outputs.indices where candidate != label {
      var before = 0
      for k in outputs.indices where k != label && k != candidate {
        if score(k) > score(candidate) || (score(k) == score(candidate) && k < candidate) { before += 1 }
      }
      if before == place { return candidate }
    }
    return label
  }
}
