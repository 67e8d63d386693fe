import Foundation

/// A binary problem in the plane, small enough that the best linear classifier can be searched for.
///
/// Its worst-case objective is (1/n) sum l(y (w . x + b) - epsilon ||w||_q), a convex function of w and b.
public struct PlanarProblem: Sendable {
  /// The loss as a function of the margin.
  public enum Loss: String, Sendable, CaseIterable {
    /// max(0, 1 - m).
    case hinge
    /// log(1 + exp(-m)).
    case logistic
  }

  /// The norm that bounds the adversary.
  public enum Norm: String, Sendable, CaseIterable {
    /// The Euclidean norm, its own dual.
    case l2
    /// The maximum norm; its dual is the sum of magnitudes.
    case linf
  }

  /// Points of the unit square, as float32 numbers: no line separates the classes.
  public static let points: [[Float]] = [
    [0.9, 0.75], [0.75, 0.5], [0.625, 0.9], [0.5, 0.625], [0.25, 0.375],
    [0.125, 0.25], [0.375, 0.125], [0.5, 0.375], [0.25, 0.5], [0.75, 0.625],
  ]
  /// 1 for the class y = +1, 0 for y = -1.
  public static let labels = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
  /// The radius of the adversary's ball.
  public static let epsilon: Float = 0.0625

  /// The loss.
  public let loss: Loss
  /// The adversary's norm.
  public let norm: Norm

  /// Creates the problem.
  public init(_ loss: Loss, _ norm: Norm) {
    self.loss = loss
    self.norm = norm
  }

  /// The worst-case objective.
  public func objective(_ w0: Double, _ w1: Double, _ bias: Double) -> Double {
    let length = norm == .l2 ? (w0 * w0 + w1 * w1).squareRoot() : abs(w0) + abs(w1)
    var sum = 0.0
    for (point, label) in zip(Self.points, Self.labels) {
      let score = w0 * Double(point[0]) + w1 * Double(point[1]) + bias
      let margin = (label == 1 ? score : -score) - Double(Self.epsilon) * length
      sum +=
        loss == .hinge ? max(0, 1 - margin) : max(-margin, 0) + Foundation.log1p(Foundation.exp(-abs(margin)))
    }
    return sum / Double(Self.points.count)
  }

  /// The least objective, by golden section in each of the three variables, one inside the other.
  public func minimum() -> Double {
    goldenSection { w0 in
      goldenSection { w1 in
        goldenSection { bias in objective(w0, w1, bias) }
      }
    }
  }

  private func goldenSection(_ function: (Double) -> Double) -> Double {
    let ratio = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-40.0, 40.0)
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (atLeft, atRight) = (function(left), function(right))
    for _ in 0..<48 {
      if atLeft < atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = function(left)
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = function(right)
      }
    }
    return min(atLeft, atRight)
  }
}
