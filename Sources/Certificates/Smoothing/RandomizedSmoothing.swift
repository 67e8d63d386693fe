import Networks
import Tensors

/// Randomized smoothing: what a classifier answers most often where Gaussian noise is added to the image cannot change
/// within an l2 ball.
///
/// With f the network, g(x) = argmax_c P(f(x + sigma n) = c), n standard normal. Where g(x) = A has probability pA or
/// more, g is constant within sigma * Phi^-1(pA) (Cohen, Rosenfeld and Kolter, "Certified adversarial robustness via
/// randomized smoothing", ICML 2019, theorem 1 with pB = 1 - pA). Certified is **g, not f**, and with a confidence of 1
/// - alpha for each sample over the draws of noise. Images are not cut to [0, 1] where noise is added. The noise is
/// drawn by counters from (seed, sample, draw), 32 bits for each deviate, and rounded to float32 with the image.
public struct RandomizedSmoothing: Equatable, Sendable {
  /// What draws are for: no draw serves twice.
  public enum Stage: UInt32, Sendable {
    /// To guess the class that is most likely.
    case selection
    /// To estimate its probability.
    case estimation
    /// To predict.
    case prediction
  }

  /// What is certain of a sample.
  public struct Certificate: Equatable, Sendable {
    /// The class of the smoothed classifier; nil where it abstains.
    public let predicted: Int?
    /// The l2 radius within which it is constant; 0 where it abstains.
    public let radius: Double

    /// Creates a certificate.
    public init(predicted: Int?, radius: Double) {
      self.predicted = predicted
      self.radius = radius
    }
  }

  /// The standard deviation of the noise, in units of the pixel range.
  public var sigma: Double
  /// The draws that choose the class.
  public var selectionDraws: Int
  /// The draws that estimate its probability.
  public var draws: Int
  /// The probability that a certificate is wrong.
  public var alpha: Double

  /// Creates the procedure; the numbers of draws and alpha default to those of the paper.
  public init(sigma: Double, selectionDraws: Int = 100, draws: Int = 100_000, alpha: Double = 0.001) {
    precondition(sigma > 0 && sigma.isFinite, "noise of deviation \(sigma)")
    precondition(selectionDraws > 0 && draws > 0, "no draws")
    precondition(alpha > 0 && alpha < 1, "a confidence of 1 - \(alpha)")
    self.sigma = sigma
    self.selectionDraws = selectionDraws
    self.draws = draws
    self.alpha = alpha
  }

  /// The class that came up most often; the first of equal ones.
  public func selected(_ counts: [Int]) -> Int {
    counts.indices.reduce(0) { counts[$1] > counts[$0] ? $1 : $0 }
  }

  /// The certificate of a sample.
  ///
  /// - Parameters:
  ///   - selected: The class that the draws of the first stage chose.
  ///   - count: How often it came up among the `draws` of the second.
  public func certificate(selected: Int, count: Int) -> Certificate {
    let probability = BinomialInference.lowerBound(successes: count, trials: draws, alpha: alpha)
    guard probability > 0.5 else { return Certificate(predicted: nil, radius: 0) }
    // The quantile's own error is about 1e-16 of it.
    let radius = sigma * NormalDistribution.quantile(probability) * (1 - 0x1p-40)
    return Certificate(predicted: selected, radius: radius)
  }

  /// What the smoothed classifier answers; nil where the counts leave it open.
  ///
  /// Wrong, in that the answer is not the most likely class, with a probability of at most alpha.
  public func prediction(_ counts: [Int]) -> Int? {
    let first = selected(counts)
    let second = counts.indices.filter { $0 != first }.map { counts[$0] }.max() ?? 0
    return BinomialInference.pValueOfEquality(counts[first], second) <= alpha ? first : nil
  }

  /// Writes a noisy copy of an image.
  ///
  /// - Parameters:
  ///   - noisy: Overwritten with `count` pixels.
  ///   - image: The pixels.
  ///   - count: How many there are.
  ///   - seed: The seed of the run.
  ///   - sample: The index of the sample in its data set.
  ///   - draw: The number of the draw in its stage.
  ///   - stage: What the draw is for.
  public func addNoise(
    into noisy: UnsafeMutablePointer<Float>, image: UnsafePointer<Float>, count: Int, seed: UInt64,
    sample: UInt32, draw: Int, _ stage: Stage
  ) {
    var stream = RandomStream(
      RandomIdentity(
        seed: seed, purpose: .smoothing, sample: sample, restart: UInt32(draw), pass: stage.rawValue))
    for i in 0..<count { noisy[i] = Float(Double(image[i]) + sigma * stream.normal()) }
  }
}
