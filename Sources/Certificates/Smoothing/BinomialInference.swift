import Tensors

/// What counts say of a probability.
public enum BinomialInference {
  /// The one-sided lower confidence bound of Clopper and Pearson ("The use of confidence or fiducial limits illustrated
  /// in the case of the binomial", Biometrika 26, 1934): the p at which as many successes or more have probability
  /// `alpha`.
  ///
  /// Exact in that it fails with a probability of at most `alpha` whatever p is; errors of the arithmetic are kept on
  /// the lower side.
  ///
  /// - Precondition: `0 <= successes <= trials`, and `alpha` is between 0 and 1.
  public static func lowerBound(successes: Int, trials: Int, alpha: Double) -> Double {
    precondition(successes >= 0 && successes <= trials, "\(successes) successes in \(trials) trials")
    precondition(alpha > 0 && alpha < 1, "a confidence of 1 - \(alpha)")
    if successes == 0 { return 0 }
    let level = alpha * (1 - 1e-9)
    if successes == trials {
      return DeterministicMath.exp(DeterministicMath.log(level) / Double(trials))
    }
    var (low, high) = (0.0, Double(successes) / Double(trials))
    for _ in 0..<200 {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { break }
      let tail = IncompleteBeta.regularized(middle, Double(successes), Double(trials - successes + 1))
      if tail <= level { low = middle } else { high = middle }
    }
    return low
  }

  /// The p-value of the two-sided test that two outcomes are equally likely, given how often each came up.
  public static func pValueOfEquality(_ first: Int, _ second: Int) -> Double {
    let (more, trials) = (max(first, second), first + second)
    if 2 * more == trials { return 1 }
    return min(1, 2 * IncompleteBeta.regularized(0.5, Double(more), Double(trials - more + 1)))
  }
}
