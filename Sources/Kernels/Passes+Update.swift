import CKernels

/// The numbers of one step of stochastic gradient descent.
public struct MomentumStep: Sendable {
  /// The learning rate.
  public var rate: Float
  /// The momentum.
  public var momentum: Float
  /// The weight decay, added to the gradient.
  public var decay: Float
  /// Whether the step looks ahead as Nesterov's does.
  public var nesterov: Bool
  /// Whether no step came before, so that there is no momentum yet.
  public var isFirst: Bool

  /// Creates the numbers of a step.
  public init(rate: Float, momentum: Float, decay: Float, nesterov: Bool, isFirst: Bool) {
    self.rate = rate
    self.momentum = momentum
    self.decay = decay
    self.nesterov = nesterov
    self.isFirst = isFirst
  }
}

/// The numbers of one step of Adam.
public struct AdamStep: Sendable {
  /// The decay of the first moment.
  public var beta1: Double
  /// The decay of the second moment.
  public var beta2: Double
  /// What keeps the denominator from zero.
  public var epsilon: Float
  /// The learning rate over (1 - beta1^t).
  public var correctedRate: Float
  /// The square root of (1 - beta2^t).
  public var secondCorrectionRoot: Float
  /// The weight decay added to the gradient (Adam).
  public var decay: Float
  /// What the weights are multiplied with first (AdamW: 1 - rate * decay; Adam: 1).
  public var shrinkage: Float

  /// Creates the numbers of a step.
  public init(
    beta1: Double, beta2: Double, epsilon: Float, correctedRate: Float, secondCorrectionRoot: Float,
    decay: Float, shrinkage: Float
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.correctedRate = correctedRate
    self.secondCorrectionRoot = secondCorrectionRoot
    self.decay = decay
    self.shrinkage = shrinkage
  }
}

extension Passes {
  /// One step of stochastic gradient descent with momentum, as PyTorch defines it.
  public func descend(
    weights: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    momentum: UnsafeMutablePointer<Float>,
    _ count: Int, _ step: MomentumStep
  ) {
    table.pointee.sgd(
      weights, gradient, momentum, count, step.rate, step.momentum, step.decay, step.nesterov ? 1 : 0,
      step.isFirst ? 1 : 0)
  }

  /// One step of Adam or AdamW (Kingma and Ba 2015; Loshchilov and Hutter 2019), as PyTorch defines them.
  public func adam(
    weights: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, first: UnsafeMutablePointer<Float>,
    second: UnsafeMutablePointer<Float>, _ count: Int, _ step: AdamStep
  ) {
    // 1 - 0.999 in float32 is wrong in the fifth digit: the complements are taken before rounding.
    table.pointee.adam(
      weights, gradient, first, second, count, Float(step.beta1), Float(1 - step.beta1), Float(step.beta2),
      Float(1 - step.beta2), step.epsilon, step.correctedRate, step.secondCorrectionRoot, step.decay,
      step.shrinkage)
  }
}
