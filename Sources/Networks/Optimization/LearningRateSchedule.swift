import Tensors

/// The learning rate as a function of training progress.
public indirect enum LearningRateSchedule: Equatable, Sendable {
  /// The same rate throughout.
  case constant(Double)
  /// The rate times `factor` at each milestone, a number of epochs.
  case piecewise(Double, milestones: [Double], factor: Double)
  /// From zero linearly up to `peak` after `peakFraction` of all steps, and down to zero at the end
  /// (Wong, Rice and Kolter 2020 peak at 2/5).
  case cyclic(peak: Double, peakFraction: Double)
  /// From `peak` to `minimum` along half a cosine (Loshchilov and Hutter 2017), after a linear warm-up that
  /// takes `warmup` epochs.
  case cosine(peak: Double, minimum: Double, warmup: Double)
  /// Another schedule, with its first rates scaled so that they rise linearly over `epochs`.
  case warmedUp(LearningRateSchedule, epochs: Double)

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - step: The number of steps taken before this one.
  ///   - stepsPerEpoch: The steps of an epoch.
  ///   - totalSteps: The steps of the whole run.
  public func rate(step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
    switch self {
    case .constant(let rate):
      return rate
    case .piecewise(let rate, let milestones, let factor):
      let passed = milestones.count { Double(step) >= $0 * Double(stepsPerEpoch) }
      return rate * DeterministicMath.power(factor, passed)
    case .cyclic(let peak, let peakFraction):
      let progress = Double(step + 1) / Double(totalSteps)
      if progress < peakFraction { return peak * progress / peakFraction }
      return peakFraction >= 1 ? peak : peak * (1 - progress) / (1 - peakFraction)
    case .warmedUp(let schedule, let epochs):
      let rate = schedule.rate(step: step, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps)
      return rate * min(Double(step + 1) / (epochs * Double(stepsPerEpoch) + 1), 1)
    case .cosine(let peak, let minimum, let warmup):
      let warmupSteps = warmup * Double(stepsPerEpoch)
      if Double(step) < warmupSteps { return peak * Double(step + 1) / (warmupSteps + 1) }
      let progress = (Double(step) - warmupSteps) / max(Double(totalSteps) - warmupSteps, 1)
      return minimum + (peak - minimum) * 0.5 * (1 + DeterministicMath.cosPi(min(progress, 1)))
    }
  }
}
