import Tensors

/// A loss of the outputs for a clean image and for its adversarial example, with the gradients by both.
///
/// With p the softmax of the outputs z for the clean image, q that of z' for the adversarial one, y the label:
///
/// - TRADES (Zhang et al. 2019): CE(z, y) + beta KL(p || q).
/// - MART (Wang et al. 2020): CE(z', y) - log(1.0001 - max over k other than y of q_k)
///   + beta (1.0000001 - p_y) KL(p || q), with 1e-12 added inside the logarithms of 1.0001 - q and q as published.
///
/// Nothing is held constant: the gradients go through both terms, and in MART through the weight of the second.
/// Computed in Double from float32 outputs, with functions of our own.
public struct PairedLoss: Equatable, Sendable {
  /// The published losses.
  public enum Kind: String, Sendable, CaseIterable {
    /// Natural error plus boundary error.
    case trades
    /// Boosted cross-entropy plus a divergence that weighs misclassified samples more.
    case mart
  }

  /// The loss.
  public let kind: Kind
  /// The weight of the divergence.
  public let beta: Double
  /// The cross-entropy term, with its label smoothing.
  public let crossEntropy: TrainingLoss

  /// Creates a loss.
  public init(_ kind: Kind, beta: Double, labelSmoothing: Double = 0) {
    self.kind = kind
    self.beta = beta
    crossEntropy = TrainingLoss(.crossEntropy, labelSmoothing: labelSmoothing)
  }

  /// The loss of one sample.
  ///
  /// - Parameters:
  ///   - clean: The outputs for the clean image, one a class.
  ///   - adversarial: The outputs for the adversarial example.
  ///   - label: The class.
  ///   - cleanGradient: Overwritten with the gradient by `clean`.
  ///   - adversarialGradient: Overwritten with the gradient by `adversarial`.
  /// - Returns: The loss; NaN where an output is NaN.
  public func callAsFunction(
    clean: UnsafeBufferPointer<Float>, adversarial: UnsafeBufferPointer<Float>, label: Int,
    cleanGradient: UnsafeMutablePointer<Float>, adversarialGradient: UnsafeMutablePointer<Float>
  ) -> Double {
    precondition(clean.count == adversarial.count && clean.count > 1, "a paired loss needs several classes")
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * clean.count) { scratch in
      let logP = UnsafeMutableBufferPointer(rebasing: scratch[..<clean.count])
      let logQ = UnsafeMutableBufferPointer(rebasing: scratch[clean.count...])
      clean.writeLogSoftmax(into: logP)
      adversarial.writeLogSoftmax(into: logQ)
      let distributions = Distributions(logP: logP, logQ: logQ, label: label)
      switch kind {
      case .trades:
        let loss = crossEntropy(clean, label: label, gradient: cleanGradient)
        return loss + beta * distributions.addDivergence(beta, cleanGradient, adversarialGradient)
      case .mart:
        let loss = crossEntropy(adversarial, label: label, gradient: adversarialGradient)
        let boost = distributions.addMarginTerm(to: adversarialGradient)
        return loss + boost
          + beta * distributions.addWeightedDivergence(beta, cleanGradient, adversarialGradient)
      }
    }
  }
}

/// The predicted distributions of a sample and of its adversarial example, as logarithms.
private struct Distributions {
  let logP: UnsafeMutableBufferPointer<Double>
  let logQ: UnsafeMutableBufferPointer<Double>
  let label: Int

  private static let inLogarithm = 1e-12

  /// Adds beta times the gradient of KL(p || q) by z, and overwrites that by z'.
  ///
  /// d/dz_k = p_k (log p_k - log q_k - KL), d/dz'_k = q_k - p_k.
  func addDivergence(
    _ beta: Double, _ cleanGradient: UnsafeMutablePointer<Float>,
    _ adversarialGradient: UnsafeMutablePointer<Float>
  ) -> Double {
    var divergence = 0.0
    for k in logP.indices { divergence += DeterministicMath.exp(logP[k]) * (logP[k] - logQ[k]) }
    for k in logP.indices {
      let (p, q) = (DeterministicMath.exp(logP[k]), DeterministicMath.exp(logQ[k]))
      cleanGradient[k] = Float(Double(cleanGradient[k]) + beta * p * (logP[k] - logQ[k] - divergence))
      adversarialGradient[k] = Float(beta * (q - p))
    }
    return divergence
  }

  /// -log(1.0001 - q_r + 1e-12) of the most likely wrong class r, whose gradient is added to that by z'.
  func addMarginTerm(to gradient: UnsafeMutablePointer<Float>) -> Double {
    var rival = label == 0 ? 1 : 0
    for k in logQ.indices where k != label && logQ[k] > logQ[rival] { rival = k }
    let q = DeterministicMath.exp(logQ[rival])
    let rest = 1.0001 - q + Self.inLogarithm
    for k in logQ.indices {
      let derivative = q * ((k == rival ? 1 : 0) - DeterministicMath.exp(logQ[k]))
      gradient[k] = Float(Double(gradient[k]) + derivative / rest)
    }
    return -DeterministicMath.log(rest)
  }

  /// (1.0000001 - p_y) KL(p || q + 1e-12); overwrites beta times its gradient by z, and adds that by z'.
  func addWeightedDivergence(
    _ beta: Double, _ cleanGradient: UnsafeMutablePointer<Float>,
    _ adversarialGradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let ownP = DeterministicMath.exp(logP[label])
    let weight = 1.0000001 - ownP
    var divergence = 0.0
    // The sum of p_k q_k / (q_k + 1e-12), nearly one.
    var covered = 0.0
    for k in logP.indices {
      let (p, q) = (DeterministicMath.exp(logP[k]), DeterministicMath.exp(logQ[k]))
      divergence += p * (logP[k] - DeterministicMath.log(q + Self.inLogarithm))
      covered += p * q / (q + Self.inLogarithm)
    }
    for k in logP.indices {
      let (p, q) = (DeterministicMath.exp(logP[k]), DeterministicMath.exp(logQ[k]))
      let ratio = logP[k] - DeterministicMath.log(q + Self.inLogarithm)
      let byWeight = -ownP * ((k == label ? 1 : 0) - p)
      cleanGradient[k] = Float(beta * (weight * p * (ratio - divergence) + divergence * byWeight))
      let byQ = q * covered - p * q / (q + Self.inLogarithm)
      adversarialGradient[k] = Float(Double(adversarialGradient[k]) + beta * weight * byQ)
    }
    return weight * divergence
  }
}

extension UnsafeBufferPointer<Float> {
  /// Writes the logarithms of the softmax; all NaN where an output is NaN or infinite.
  func writeLogSoftmax(into logarithms: UnsafeMutableBufferPointer<Double>) {
    var largest = -Float.infinity
    for output in self where !(output <= largest) { largest = output }
    var sum = 0.0
    for output in self { sum += DeterministicMath.exp(Double(output) - Double(largest)) }
    let logSum = DeterministicMath.log(sum)
    for k in indices { logarithms[k] = Double(self[k]) - Double(largest) - logSum }
  }

  /// Writes the gradient of KL(p || q) by these outputs, whose softmax is q, with p the softmax of `reference`.
  public func writeDivergenceGradient(
    from reference: UnsafeBufferPointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { scratch in
      let logP = UnsafeMutableBufferPointer(rebasing: scratch[..<count])
      let logQ = UnsafeMutableBufferPointer(rebasing: scratch[count...])
      reference.writeLogSoftmax(into: logP)
      writeLogSoftmax(into: logQ)
      for k in indices {
        gradient[k] = Float(DeterministicMath.exp(logQ[k]) - DeterministicMath.exp(logP[k]))
      }
    }
  }
}
