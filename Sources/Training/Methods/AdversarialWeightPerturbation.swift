import DataParallel
import Kernels
import Networks
import Tensors

/// Adversarial weight perturbation (Wu, Xia and Wang 2020) on top of any method: the gradient is taken where the
/// method's own loss is worst in a small ball around each layer's weights.
///
/// One ascent step on the same examples: w + gamma ||w|| / (||g|| + 1e-20) g for every tensor of more than one
/// dimension, the gradient of the method there, then the weights as they were, then the update.
public struct AdversarialWeightPerturbation: TrainingMethod {
  /// The method whose gradient is taken.
  public let method: any TrainingMethod
  /// The length of the perturbation, relative to that of each tensor.
  public let gamma: Double
  /// The epochs before weights are perturbed.
  public let warmup: Double

  /// Wraps a method.
  public init(_ method: any TrainingMethod, gamma: Double, warmup: Double = 0) {
    self.method = method
    self.gamma = gamma
    self.warmup = warmup
  }

  /// The method's name.
  public var name: String { method.name }
  /// The method's own.
  public var replays: Int { method.replays }
  /// The method's label, and by how much weights are perturbed.
  public var label: String { "\(method.label), weights perturbed by \(gamma)" }

  /// Two gradients on the same examples, of which the second, at perturbed weights, stays.
  public func computeGradient(_ step: TrainingStep) throws -> StepOutcome {
    guard step.conditions.epoch >= warmup else { return try method.computeGradient(step) }
    var ascent = step
    ascent.examples = .kept
    let first = try method.computeGradient(ascent)
    var descent = step
    descent.examples = .reused
    var outcome = try step.withPerturbedWeights(gamma: gamma) { try method.computeGradient(descent) }
    outcome.attackSeconds += first.attackSeconds
    outcome.computeSeconds += first.computeSeconds
    outcome.reduceSeconds += first.reduceSeconds
    outcome.waitSeconds += first.waitSeconds
    return outcome
  }
}

extension TrainingStep {
  /// Runs `body` with weights moved along the gradient, and puts back the very bits they had, however it ends.
  func withPerturbedWeights<Value>(gamma: Double, _ body: () throws -> Value) throws -> Value {
    let model = learner.model
    let saved = learner.scratchWeights
    saved.copy(from: model.parameters)
    for entry in model.network.parameterLayout.entries where entry.shape.count > 1 {
      let weights = model.parameters.pointer + entry.offset
      let gradient = model.gradient.pointer + entry.offset
      let length = Passes.selected.sumOfSquares(weights, entry.count).squareRoot()
      let steepness = Passes.selected.sumOfSquares(gradient, entry.count).squareRoot()
      Passes.selected.addScaled(weights, Float(gamma * length / (steepness + 1e-20)), gradient, entry.count)
    }
    func restore() throws {
      model.parameters.copy(from: saved)
      try model.parametersChanged()
    }
    do {
      try model.parametersChanged()
      let value = try body()
      try restore()
      return value
    } catch {
      try restore()
      throw error
    }
  }
}
