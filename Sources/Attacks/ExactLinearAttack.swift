public import Networks
import Tensors

/// The exact worst case for linear models: the inner maximum in closed form.
///
/// For two classes one run suffices. For more, run number r takes the sample to where the score of the r-th other
/// class exceeds the label's the most; a sample is robust exactly where no run breaks it. Pixels are
/// independent in the linf ball, so the box [0, 1] only clips; in the l2 ball the multiplier of the length
/// constraint is found by bisection.
public struct ExactLinearAttack: Attack {
  /// The name in configurations and results.
  public let name = "exact"
  /// The set that the adversarial examples stay in.
  public var threat: ThreatModel
  /// One run for each other class.
  public let restarts: Int
  /// The forward pass that the gradient is taken at.
  public var forwardPasses: Int { 1 }
  /// Each run is for another class.
  public var restartsAreRepeats: Bool { false }

  /// Creates the attack for a model with this number of outputs.
  public init(threat: ThreatModel, outputs: Int) {
    self.threat = threat
    restarts = max(outputs - 1, 1)
  }

  /// Moves every sample to its worst case against class number `restart` of the other classes.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    try model.forward(context.mode(pass: 0))
    for row in 0..<batch.capacity {
      let gradient = model.outputGradient + row * model.outputCount
      gradient.update(repeating: 0, count: model.outputCount)
      guard row < batch.count else { continue }
      let label = batch.labels[row]
      if model.outputCount == 1 {
        gradient[0] = label == 1 ? 1 : -1
      } else {
        gradient[label] = 1
        gradient[restart < label ? restart : restart + 1] = -1
      }
    }
    // The gradient of the margin: constant, because the model is linear.
    try model.backwardImages()
    for row in 0..<batch.count {
      let offset = row * batch.imageElements
      let margin = UnsafeBufferPointer(start: model.imageGradient + offset, count: batch.imageElements)
      worstCase(margin, batch, row, into: model.images + offset)
    }
  }

  private func worstCase(
    _ margin: UnsafeBufferPointer<Float>, _ batch: AttackBatch, _ row: Int,
    into image: UnsafeMutablePointer<Float>
  ) {
    let clean = batch.image(row)
    let weights = margin.map(Double.init)
    if threat.norm == .linf {
      threat.linfSet(of: clean, lower: batch.lower.pointer, upper: batch.upper.pointer, count: weights.count)
      for (i, weight) in weights.enumerated() {
        image[i] = weight > 0 ? batch.lower.pointer[i] : weight < 0 ? batch.upper.pointer[i] : clean[i]
      }
      return
    }
    let change =
      threat.box
      ? BoxedLinearMinimum(threat.norm, radius: Double(threat.epsilon)).solve(weights, clean: clean)
        .perturbation
      : LinearInnerMaximum(threat.norm).perturbation(weights, epsilon: Double(threat.epsilon))
    for (i, delta) in change.enumerated() {
      let value = Float(Double(clean[i]) + delta)
      image[i] = threat.box ? min(max(value, 0), 1) : value
    }
  }
}
