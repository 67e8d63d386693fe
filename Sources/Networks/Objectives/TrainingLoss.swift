/// The loss that weights are fitted to on one image: a loss function, with smoothed labels where it is cross-entropy.
///
/// Label smoothing s (Szegedy et al. 2016) replaces the one-hot target of K classes by (1 - s) one-hot + s / K, as
/// PyTorch's `CrossEntropyLoss(label_smoothing: s)` does. Attacks drive the loss function itself.
public struct TrainingLoss: Equatable, Sendable {
  /// The loss of one sample.
  public let function: LossFunction
  /// The share of the target that is spread over all classes, from 0 to below 1.
  public let labelSmoothing: Double

  /// Creates a loss.
  ///
  /// - Precondition: labels are smoothed for cross-entropy only.
  public init(_ function: LossFunction, labelSmoothing: Double = 0) {
    precondition((0..<1).contains(labelSmoothing), "label smoothing of \(labelSmoothing)")
    precondition(labelSmoothing == 0 || function == .crossEntropy, "\(function) has no smoothed labels")
    self.function = function
    self.labelSmoothing = labelSmoothing
  }

  /// The loss of one sample.
  ///
  /// - Parameters:
  ///   - outputs: The network's outputs.
  ///   - label: The class.
  ///   - gradient: Where the gradient by the outputs goes, if it is wanted.
  /// - Returns: The loss; NaN where an output is NaN.
  public func callAsFunction(
    _ outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutablePointer<Float>? = nil
  ) -> Double {
    let loss = function(outputs, label: label, gradient: gradient)
    guard labelSmoothing > 0 else { return loss }
    // With the cross-entropy of class k being that of the label plus z_label - z_k, the mean over all classes is:
    let share = labelSmoothing / Double(outputs.count)
    var differences = 0.0
    for output in outputs { differences += Double(outputs[label]) - Double(output) }
    if let gradient {
      for k in outputs.indices { gradient[k] = Float(Double(gradient[k]) - share) }
      gradient[label] = Float(Double(gradient[label]) + labelSmoothing)
    }
    return loss + share * differences
  }
}

/// What weights are fitted to: a loss of the outputs for one image, or of those for a clean and an adversarial one.
public enum TrainingObjective: Equatable, Sendable {
  /// The loss of the training example alone.
  case single(TrainingLoss)
  /// A loss of the outputs for the clean image and for its adversarial example.
  case paired(PairedLoss)

  /// The loss function that restarts of an attack are compared by.
  public var attackedFunction: LossFunction {
    switch self {
    case .single(let loss): loss.function
    case .paired: .crossEntropy
    }
  }
}
