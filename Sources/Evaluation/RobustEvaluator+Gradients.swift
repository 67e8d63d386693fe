import Attacks
import DataParallel
import Datasets
import MessagePassing
import Networks
import Tensors

/// The gradients of the loss by the clean images that are classified correctly.
public struct GradientSurvey: Codable, Equatable, Sendable {
  /// The images looked at.
  public let total: Int
  /// Those whose gradient is zero in every pixel.
  public let zero: Int
  /// Those whose gradient holds an infinity or NaN.
  public let nonFinite: Int

  package init(total: Int, zero: Int, nonFinite: Int) {
    self.total = total
    self.zero = zero
    self.nonFinite = nonFinite
  }
}

extension RobustEvaluator {
  /// Looks at the gradients that attacks begin with: one forward and one backward pass.
  public func surveyGradients(of clean: CleanResult) throws -> GradientSurvey {
    let places = clean.labels.indices.filter { clean.predictions[$0] == clean.labels[$0] }
    let found = try compute(places) { workspace, _ in
      try workspace.computeGradients()
      return (0..<workspace.batch.count).map { workspace.gradientFault(of: $0).rawValue }
    }
    let counts = try model.communicator.allReduce(
      [GradientFault.zero, .nonFinite].map { fault in found.values.count { $0 == fault.rawValue } }, .sum)
    return GradientSurvey(total: places.count, zero: counts[0], nonFinite: counts[1])
  }
}

/// What can be wrong with a gradient.
private enum GradientFault: Double {
  case none = 0
  case zero = 1
  case nonFinite = 2
}

extension EvaluationWorkspace {
  fileprivate func computeGradients() throws {
    try session.forward(.evaluation)
    let loss: LossFunction = session.outputCount == 1 ? .logistic : .crossEntropy
    for row in 0..<session.batch {
      let slot = session.outputGradient + row * session.outputCount
      if row < batch.count {
        _ = loss(session.outputs(of: row), label: batch.labels[row], gradient: slot)
      } else {
        slot.update(repeating: 0, count: session.outputCount)
      }
    }
    try session.backwardImages()
  }

  fileprivate func gradientFault(of row: Int) -> GradientFault {
    let gradient = UnsafeBufferPointer(
      start: session.imageGradient + row * batch.imageElements, count: batch.imageElements)
    if gradient.contains(where: { !$0.isFinite }) { return .nonFinite }
    return gradient.allSatisfy { $0 == 0 } ? .zero : .none
  }
}
