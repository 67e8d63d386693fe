import Kernels
public import Tensors

/// The rule by which a gradient changes the weights.
public enum OptimizerRule: Equatable, Sendable {
  /// Stochastic gradient descent with momentum, classical or Nesterov's, and weight decay in the gradient.
  case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
  /// Adam (Kingma and Ba 2015), with weight decay in the gradient.
  case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// AdamW (Loshchilov and Hutter 2019): weight decay apart from the gradient.
  case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

  /// The names of the moments that the rule keeps for every parameter.
  public var momentNames: [String] {
    switch self {
    case .sgd(let momentum, _, _): momentum == 0 ? [] : ["momentum"]
    case .adam, .adamW: ["first-moment", "second-moment"]
    }
  }
}

/// A rule with its moments and its count of steps: everything that a checkpoint keeps of it.
public final class Optimizer: @unchecked Sendable {
  /// The rule.
  public let rule: OptimizerRule
  /// The steps taken; set where the state of another rank's optimizer is taken over.
  public var step: Int
  /// The moments by name, in the order of `rule.momentNames`.
  public let moments: [(name: String, values: ParameterArena)]
  private let unused: AlignedBuffer<Float>

  private let count: Int

  /// Creates an optimizer that has taken no step, of what is trained in a layout.
  public init(_ rule: OptimizerRule, _ layout: ParameterLayout) {
    self.rule = rule
    step = 0
    count = layout.trainedCount
    let trained = layout.trained
    moments = rule.momentNames.map { ($0, ParameterArena(trained)) }
    unused = AlignedBuffer(count: 0)
  }

  /// Changes the weights along `gradient`, which is the mean over the batch; leaves buffers alone.
  public func update(_ weights: ParameterArena, gradient: ParameterArena, rate: Double) {
    step += 1
    let passes = Passes.selected
    switch rule {
    case .sgd(let momentum, let nesterov, let decay):
      let numbers = MomentumStep(
        rate: Float(rate), momentum: momentum, decay: decay, nesterov: nesterov, isFirst: step == 1)
      passes.descend(
        weights: weights.pointer, gradient: gradient.pointer,
        momentum: moments.first?.values.pointer ?? unused.pointer, count, numbers)
    case .adam(let beta1, let beta2, let epsilon, let decay):
      adam(weights, gradient, rate, beta1, beta2, epsilon, decay: decay, shrinkage: 1)
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      let shrinkage = Float(1 - rate * Double(decay))
      adam(weights, gradient, rate, beta1, beta2, epsilon, decay: 0, shrinkage: shrinkage)
    }
  }

  private func adam(
    _ weights: ParameterArena, _ gradient: ParameterArena, _ rate: Double, _ beta1: Double, _ beta2: Double,
    _ epsilon: Float, decay: Float, shrinkage: Float
  ) {
    let numbers = AdamStep(
      beta1: beta1, beta2: beta2, epsilon: epsilon,
      correctedRate: Float(rate / (1 - DeterministicMath.power(beta1, step))),
      secondCorrectionRoot: Float((1 - DeterministicMath.power(beta2, step)).squareRoot()), decay: decay,
      shrinkage: shrinkage)
    Passes.selected.adam(
      weights: weights.pointer, gradient: gradient.pointer, first: moments[0].values.pointer,
      second: moments[1].values.pointer, count, numbers)
  }

  /// The moments as tensors named `MOMENT.PARAMETER`, for a checkpoint.
  public func namedTensors() -> [NamedTensor] {
    moments.flatMap { $0.values.namedTensors(prefix: "\($0.name).") }
  }

  /// Takes the state of an optimizer that had taken `step` steps.
  ///
  /// - Throws: `ParameterMismatch` where a moment is missing, unknown or of another shape; nothing is changed then.
  public func restore(_ tensors: [NamedTensor], step: Int) throws(ParameterMismatch) {
    try requireFits(tensors)
    for (name, values) in moments {
      try values.load(tensors.filter { $0.name.hasPrefix("\(name).") }, prefix: "\(name).")
    }
    self.step = step
  }

  /// Checks that `tensors` are the moments of this rule, for this model.
  ///
  /// - Throws: `ParameterMismatch` where a moment is missing, unknown or of another shape.
  public func requireFits(_ tensors: [NamedTensor]) throws(ParameterMismatch) {
    if let stranger = tensors.first(where: { tensor in
      !moments.contains { tensor.name.hasPrefix("\($0.name).") }
    }) {
      throw ParameterMismatch("optimizer tensor \(stranger.name) is not part of \(rule)")
    }
    for (name, values) in moments {
      try values.layout.requireFits(tensors.filter { $0.name.hasPrefix("\(name).") }, prefix: "\(name).")
    }
  }
}
