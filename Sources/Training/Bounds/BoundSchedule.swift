import Tensors

/// How the strength of training by bounds grows: a ramp of epsilon from 0 to its full size, with which the weights of the
/// loss's parts move from their first to their last values.
///
/// A function of the epochs done, so that a resumed run goes on as it was.
public struct BoundSchedule: Equatable, Sendable {
  /// The course of the ramp.
  public enum Shape: String, Sendable, CaseIterable {
    /// The same increase at every step.
    case linear
    /// With the fourth power of the progress over the first quarter, then in a straight line without a kink (the
    /// smoothed schedule of Xu et al. 2020, auto_LiRPA).
    case smooth
  }

  /// The epochs before the ramp.
  public var start: Double
  /// The epochs that the ramp takes; 0 for a jump.
  public var length: Double
  /// Its course.
  public var shape: Shape
  /// The weight of the loss on clean images, before and behind the ramp.
  public var kappa: Course
  /// The weight of CROWN-IBP bounds against interval bounds, before and behind the ramp.
  public var beta: Course

  /// What a weight goes from and to.
  public struct Course: Equatable, Sendable {
    /// The value before the ramp.
    public var first: Double
    /// The value behind it.
    public var last: Double

    /// Creates a pair.
    public init(_ first: Double, _ last: Double) {
      self.first = first
      self.last = last
    }

    /// The value where the ramp is at `fraction`.
    func at(_ fraction: Double) -> Double {
      // Exact at both ends.
      fraction >= 1 ? last : first + (last - first) * fraction
    }
  }

  /// Creates a schedule.
  ///
  /// - Precondition: neither start nor length is negative.
  public init(
    start: Double, length: Double, shape: Shape = .linear, kappa: Course,
    beta: Course = Course(0, 0)
  ) {
    precondition(start >= 0 && length >= 0, "a ramp from epoch \(start) over \(length) epochs")
    self.start = start
    self.length = length
    self.shape = shape
    self.kappa = kappa
    self.beta = beta
  }

  /// Whether linear bounds are ever computed.
  public var usesRelaxations: Bool { beta.first > 0 || beta.last > 0 }

  /// How far the ramp is, from 0 to 1, where so many epochs are done: the fraction of epsilon.
  public func fraction(atEpoch epoch: Double) -> Double {
    guard epoch > start || length == 0 else { return 0 }
    let progress = epoch < start ? 0 : length == 0 ? 1 : min((epoch - start) / length, 1)
    switch shape {
    case .linear: return progress
    case .smooth: return Self.smoothed(progress)
    }
  }

  /// a p^4 up to p = 1/4, then the tangent, which reaches 1 at p = 1.
  private static func smoothed(_ progress: Double) -> Double {
    let (middle, power) = (0.25, 4)
    let atMiddle = DeterministicMath.power(middle, power)
    let slope = Double(power) * DeterministicMath.power(middle, power - 1)
    let scale = 1 / ((1 - middle) * slope + atMiddle)
    if progress < middle { return scale * DeterministicMath.power(progress, power) }
    let value = scale * atMiddle
    return progress >= 1 ? 1 : value + (1 - value) * (progress - middle) / (1 - middle)
  }
}
