public import Networks
import Tensors

/// A search for adversarial examples: a function of a model and a micro-batch.
///
/// An attack talks to nobody, computes gradients by the images only, and draws random numbers that depend on
/// the sample and not on its place: the result for a sample is the same in any micro-batch, on any rank.
public protocol Attack: Sendable {
  /// The name in configurations and results.
  var name: String { get }
  /// The set that the adversarial examples stay in.
  var threat: ThreatModel { get }
  /// The number of independent runs.
  var restarts: Int { get }
  /// The forward passes of one run, which training masks are numbered behind.
  var forwardPasses: Int { get }
  /// Whether it follows gradients; where one that does not finds more, gradients are not to be trusted.
  var usesGradients: Bool { get }
  /// Whether its restarts are tries of the same kind that differ in random numbers alone, so that more of them would
  /// be a stronger attack.
  var restartsAreRepeats: Bool { get }

  /// Whether it lets rows of the model rest as their samples are done, so that several micro-batches at once are
  /// attacked faster than one after the other.
  var restsRows: Bool { get }

  /// Runs restart number `restart`, leaving adversarial examples in `model.images`.
  func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext)
    throws
}

extension Attack {
  /// Most attacks follow gradients.
  public var usesGradients: Bool { true }
  /// Most attacks draw a random start, which is what their restarts differ in.
  public var restartsAreRepeats: Bool { true }
  /// Most attacks compute all rows to the end.
  public var restsRows: Bool { false }

  /// Runs all restarts and keeps for every sample the adversarial example of the highest loss.
  ///
  /// With one restart nothing is compared, and no forward pass is spent on it.
  public func runKeepingWorst(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, loss: LossFunction, _ context: AttackContext
  ) throws {
    try run(batch, on: model, restart: 0, context)
    if restarts <= 1 { return }
    for restart in 0..<restarts {
      if restart > 0 { try run(batch, on: model, restart: restart, context) }
      try model.forward(context.mode(pass: forwardPasses))
      for row in 0..<batch.count {
        let value = loss(model.outputs(of: row), label: batch.labels[row])
        let worst = batch.worstLosses[row]
        // A NaN loss is kept: it is the worst that can happen, and has to be seen.
        guard restart == 0 || !(worst.isNaN || value <= worst) else { continue }
        batch.worstLosses[row] = value
        (batch.worstImages.pointer + row * batch.imageElements)
          .update(from: model.images + row * batch.imageElements, count: batch.imageElements)
      }
    }
    model.images.update(from: batch.worstImages.pointer, count: batch.count * batch.imageElements)
  }
}
