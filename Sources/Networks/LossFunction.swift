import Tensors

/// A loss of one sample, with its gradient by the outputs.
///
/// Values and gradients are computed in Double from float32 outputs with functions of our own, so that they have
/// the same bits everywhere.
public enum LossFunction: String, Sendable, CaseIterable, Codable {
  /// -log softmax(z)_y.
  case crossEntropy = "cross-entropy"
  /// max over k other than y of z_k - z_y: the margin of Carlini and Wagner (2017), unclamped.
  case margin
  /// The margin over the spread of the scores (Croce and Hein 2020), see `logitRatioLoss`; for attacks.
  case differenceOfLogitsRatio = "dlr"
  /// max(0, 1 - y f) with y = -1 or +1 and one output f.
  case hinge
  /// log(1 + exp(-y f)) with y = -1 or +1 and one output f.
  case logistic

  /// Whether the loss is one of a single score and two classes.
  public var isBinary: Bool { self == .hinge || self == .logistic }

  /// The least number of outputs that the loss has a value for.
  public var leastOutputs: Int {
    switch self {
    case .crossEntropy, .hinge, .logistic: 1
    case .margin: 2
    case .differenceOfLogitsRatio: 3
    }
  }

  /// The loss of one sample.
  ///
  /// - Parameters:
  ///   - outputs: The network's outputs: one a class, or the single score of a binary problem.
  ///   - label: The class; for binary losses 0 stands for y = -1 and 1 for y = +1.
  ///   - gradient: Where the gradient by the outputs goes, if it is wanted.
  /// - Returns: The loss; NaN where an output is NaN.
  public func callAsFunction(
    _ outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutablePointer<Float>? = nil
  ) -> Double {
    switch self {
    case .crossEntropy: crossEntropyLoss(outputs, label, gradient)
    case .margin: marginLoss(outputs, label, gradient)
    case .differenceOfLogitsRatio: logitRatioLoss(outputs, label, gradient)
    case .hinge, .logistic: binaryLoss(outputs, label, gradient)
    }
  }

  /// A binary loss as a function of the margin m = y f, and its derivative.
  public func ofMargin(_ margin: Double) -> (value: Double, derivative: Double) {
    if self == .hinge {
      return margin < 1 ? (1 - margin, -1) : margin.isNaN ? (.nan, .nan) : (0, 0)
    }
    // log(1 + e^-m), written so that e is never raised to a large power.
    let small = DeterministicMath.exp(-abs(margin))
    let value = max(-margin, 0) + DeterministicMath.log1p(small)
    return (margin.isNaN ? .nan : value, margin > 0 ? -small / (1 + small) : -1 / (1 + small))
  }

  private func crossEntropyLoss(
    _ outputs: UnsafeBufferPointer<Float>, _ label: Int, _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var largest = -Float.infinity
    for output in outputs where !(output <= largest) { largest = output }
    var others = 0.0
    for (k, output) in outputs.enumerated() where k != label {
      others += DeterministicMath.exp(Double(output) - Double(largest))
    }
    let own = DeterministicMath.exp(Double(outputs[label]) - Double(largest))
    let sum = own + others
    if let gradient {
      for (k, output) in outputs.enumerated() where k != label {
        gradient[k] = Float(DeterministicMath.exp(Double(output) - Double(largest)) / sum)
      }
      // p_y - 1 would vanish by rounding for confident samples: the sum of the others does not.
      gradient[label] = Float(-others / sum)
    }
    // Likewise log(1 + others / own) keeps small losses.
    if own > 0 { return DeterministicMath.log1p(others / own) }
    return DeterministicMath.log(sum) + Double(largest) - Double(outputs[label])
  }

  private func marginLoss(
    _ outputs: UnsafeBufferPointer<Float>, _ label: Int, _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    precondition(outputs.count > 1, "a margin between classes needs two outputs or more")
    var rival = label == 0 ? 1 : 0
    // A NaN becomes the rival and stays, since nothing is greater: the loss is NaN too.
    for (k, output) in outputs.enumerated() where k != label {
      if output > outputs[rival] || output.isNaN { rival = k }
    }
    if let gradient {
      for k in outputs.indices { gradient[k] = 0 }
      gradient[rival] = 1
      gradient[label] = -1
    }
    return Double(outputs[rival]) - Double(outputs[label])
  }

  private func binaryLoss(
    _ outputs: UnsafeBufferPointer<Float>, _ label: Int, _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    let sign = label == 0 ? -1.0 : 1.0
    let (value, derivative) = ofMargin(sign * Double(outputs[0]))
    gradient?[0] = Float(sign * derivative)
    return value
  }
}

/// The class that outputs stand for: the largest, or for a single score 1 where it is positive.
///
/// - Returns: The first of equal maxima; -1 where an output is NaN.
public func predictedClass(_ outputs: UnsafeBufferPointer<Float>) -> Int {
  if outputs.contains(where: \.isNaN) { return -1 }
  if outputs.count == 1 { return outputs[0] > 0 ? 1 : 0 }
  var best = 0
  for k in outputs.indices where outputs[k] > outputs[best] { best = k }
  return best
}
