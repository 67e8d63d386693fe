import Kernels
import Tensors

/// The balls around the clean images of a micro-batch, each cut with [0, 1] where the threat has a box: where
/// iterates are moved and projected.
struct Ball {
  private let threat: ThreatModel
  private let batch: AttackBatch
  private let passes = Passes.selected

  init(_ threat: ThreatModel, _ batch: AttackBatch) {
    precondition(threat.norm != .l1, "projection on the l1 ball is not part of gradient attacks here")
    self.threat = threat
    self.batch = batch
    if threat.norm == .linf {
      threat.linfSet(
        of: batch.images.pointer, lower: batch.lower.pointer, upper: batch.upper.pointer,
        count: batch.count * batch.imageElements)
    }
  }

  private var count: Int { batch.imageElements }

  /// Moves an iterate along a gradient and back into its ball.
  func step(
    _ image: UnsafeMutablePointer<Float>, along gradient: UnsafePointer<Float>, by length: Float, _ row: Int
  ) {
    if threat.norm == .linf {
      passes.linfStep(
        image, gradient: gradient, step: length, lower: batch.lower.pointer + row * count,
        upper: batch.upper.pointer + row * count, count)
      return
    }
    let norm = passes.sumOfSquares(gradient, count).squareRoot()
    // No direction at all, or none that can be trusted: stay.
    guard norm > 0 && norm.isFinite else { return }
    let factor = Float(Double(length) / norm)
    if factor.isNormal || length == 0 {
      passes.addScaled(image, factor, gradient, count)
    } else {
      // The gradient is so small (a saturated softmax) or so large that the factor leaves float32's range.
      for i in 0..<count { image[i] += Float(Double(length) * (Double(gradient[i]) / norm)) }
    }
    project(image, row)
  }

  /// Puts an iterate on the nearest point of its ball, then of [0, 1].
  ///
  /// For l2 the second projection cannot leave the ball, because the clean image lies in [0, 1].
  func project(_ image: UnsafeMutablePointer<Float>, _ row: Int) {
    if threat.norm == .linf {
      passes.clamp(
        image, lower: batch.lower.pointer + row * count, upper: batch.upper.pointer + row * count, count)
      return
    }
    let distance = passes.squaredDistance(image, batch.image(row), count).squareRoot()
    let factor = distance > Double(threat.epsilon) ? Float(Double(threat.epsilon) / distance) : 1
    passes.shrink(image, towards: batch.image(row), factor: factor, box: threat.box, count)
  }

  /// Adds noise uniform on the ball to an image.
  func addUniformNoise(to image: UnsafeMutablePointer<Float>, from stream: inout RandomStream) {
    if threat.norm == .linf {
      for i in 0..<count { image[i] += threat.epsilon * stream.symmetric() }
      return
    }
    // A direction from normal deviates, and a radius whose d-th power is uniform.
    var squares = 0.0
    let direction = (0..<count).map { _ in
      let value = stream.normal()
      squares += value * value
      return value
    }
    let radius = DeterministicMath.exp(DeterministicMath.log(stream.openUniform()) / Double(count))
    let factor = Double(threat.epsilon) * radius / squares.squareRoot()
    for i in 0..<count { image[i] += Float(factor * direction[i]) }
  }
}
