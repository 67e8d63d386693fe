import Kernels
import Tensors

/// The balls around the clean images of a micro-batch, each cut with [0, 1] where the threat has a box: where
/// iterates are moved and projected.
struct Ball {
  let threat: ThreatModel
  let batch: AttackBatch
  private let passes = Passes.selected

  init(_ threat: ThreatModel, _ batch: AttackBatch) {
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
  ///
  /// For l1 the step goes to the 1 % of pixels with the largest gradient (Tramer and Boneh 2019).
  func step(
    _ image: UnsafeMutablePointer<Float>, along gradient: UnsafePointer<Float>, by length: Float, _ row: Int
  ) {
    if threat.norm == .linf {
      passes.linfStep(
        image, gradient: gradient, step: length, lower: batch.lower.pointer + row * count,
        upper: batch.upper.pointer + row * count, count)
      return
    }
    if threat.norm == .l1 {
      sparseStep(image, along: gradient, by: length, keeping: max((count + 50) / 100, 1), row)
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
  /// For l2 the second projection cannot leave the ball, because the clean image lies in [0, 1]; for l1 it is the
  /// nearest point of the intersection.
  func project(_ image: UnsafeMutablePointer<Float>, _ row: Int) {
    if threat.norm == .linf {
      passes.clamp(
        image, lower: batch.lower.pointer + row * count, upper: batch.upper.pointer + row * count, count)
      return
    }
    if threat.norm == .l1 {
      BoxedL1Projection(radius: Double(threat.epsilon), box: threat.box)
        .project(image, around: batch.image(row), count)
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
    if threat.norm == .l1 {
      addUniformSparseNoise(to: image, from: &stream)
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

  /// Of d + 1 exponential deviates, the first d over the sum of all are uniform on a corner of the ball.
  private func addUniformSparseNoise(
    to image: UnsafeMutablePointer<Float>, from stream: inout RandomStream
  ) {
    var sum = 0.0
    let deviates = (0...count).map { _ in
      let value = -DeterministicMath.log(stream.openUniform())
      sum += value
      return value
    }
    for j in 0..<count {
      let change = Double(threat.epsilon) * (deviates[j] / sum)
      image[j] += Float(stream.nextWord() & 1 == 0 ? change : -change)
    }
  }
}
