import Kernels
public import Tensors

/// Which average of the weights is kept beside them, to be evaluated in their place.
public struct WeightAveraging: Equatable, Sendable {
  /// The ways to average.
  public enum Method: Equatable, Sendable {
    /// An exponential moving average over steps: a <- decay a + (1 - decay) w.
    case exponential(decay: Double)
    /// The mean over the ends of epochs (stochastic weight averaging, Izmailov et al. 2018).
    case stochastic
  }

  /// The way to average.
  public var method: Method
  /// The epochs before the first weights are taken in.
  public var from: Double

  /// Creates a choice of average.
  public init(_ method: Method, from: Double = 0) {
    self.method = method
    self.from = from
  }

  /// Whether weights are taken in behind a step.
  func isDue(at position: TrainingPosition) -> Bool {
    let isLate = Double(position.step) >= from * Double(position.stepsPerEpoch)
    return isLate && (method != .stochastic || position.isAtEpochEnd)
  }
}

/// An average of weights; the same bits on all ranks, because the weights are.
///
/// Running statistics are averaged like weights. That is how moving averages are commonly kept; for stochastic weight
/// averaging it stands in for another pass over the training data, which would measure those of the averaged network.
public final class WeightAverage {
  /// The average.
  public let weights: ParameterArena
  /// How many weights were taken in.
  public private(set) var count: Int

  /// Starts with the first weights; a later count is for averages that were kept.
  public init(_ first: ParameterArena, count: Int = 1) {
    weights = ParameterArena(first.layout)
    weights.copy(from: first)
    self.count = count
  }

  /// Takes weights in.
  public func add(_ other: ParameterArena, by method: WeightAveraging.Method) {
    let share: Double
    switch method {
    case .exponential(let decay): share = 1 - decay
    case .stochastic: share = 1 / Double(count + 1)
    }
    Passes.selected.scale(weights.pointer, by: Float(1 - share), weights.count)
    Passes.selected.addScaled(weights.pointer, Float(share), other.pointer, weights.count)
    for entry in weights.layout.buffers where entry.isCount {
      weights.pointer[entry.offset] = other.pointer[entry.offset]
    }
    count += 1
  }
}
