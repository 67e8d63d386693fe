import Training

/// A part of a run whose steps take the same time: methods take more into account as they go on.
struct StretchForecast: Encodable, Sendable {
  /// The epochs before it.
  let start: Double
  /// Its length in epochs.
  let epochs: Double
  /// What was measured in its middle.
  let step: StepForecast

  /// Measures every stretch of a run for a part of four seconds; all ranks call together.
  ///
  /// - Parameter starts: The epochs at which stretches begin, the first of them 0.
  static func measure(
    _ learner: Learner, positions: [Int], settings: Trainer.Settings, starts: [Double]
  ) throws -> [StretchForecast] {
    let ends = starts.dropFirst() + [Double(settings.epochs)]
    return try zip(starts, ends).map { start, end in
      let step = try StepForecast(
        learner, positions: positions, settings: settings, epoch: (start + end) / 2,
        budget: 4 / Double(starts.count))
      return StretchForecast(start: start, epochs: end - start, step: step)
    }
  }
}

extension ExperimentConfiguration {
  /// The epochs at which steps begin to take another time: where weights are perturbed, and where bounds are looked at.
  var startsOfStretches: [Double] {
    var starts = [0.0]
    if weightPerturbation.gamma > 0 { starts.append(weightPerturbation.warmup) }
    if training.method.usesBounds {
      let (start, length) = (training.bounds.rampStart, training.bounds.rampLength)
      starts += [start, start + length]
    }
    return Set(starts.filter { $0 < Double(epochs) }).sorted()
  }
}
