import CKernels

extension Passes {
  /// The linf ball around x intersected with [0, 1]: lower <- max(0, x - epsilon), upper <- min(1, x + epsilon).
  ///
  /// Both in float32: the one definition of the set that attacks, bounds and checks share.
  public func linfBox(
    _ x: UnsafePointer<Float>, epsilon: Float, lower: UnsafeMutablePointer<Float>,
    upper: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.linf_box(x, epsilon, lower, upper, count)
  }

  /// A signed gradient step and the projection on the box: x <- clamp(x + step sign(gradient), lower, upper).
  public func linfStep(
    _ x: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, step: Float,
    lower: UnsafePointer<Float>, upper: UnsafePointer<Float>, _ count: Int
  ) {
    table.pointee.linf_step(x, gradient, step, lower, upper, count)
  }

  /// x <- clamp(x, lower, upper).
  public func clamp(
    _ x: UnsafeMutablePointer<Float>, lower: UnsafePointer<Float>, upper: UnsafePointer<Float>, _ count: Int
  ) {
    table.pointee.clamp(x, lower, upper, count)
  }

  /// Pulls x towards centre, x <- centre + factor (x - centre), then onto [0, 1] where `box`.
  public func shrink(
    _ x: UnsafeMutablePointer<Float>, towards centre: UnsafePointer<Float>, factor: Float, box: Bool,
    _ count: Int
  ) {
    table.pointee.shrink(x, centre, factor, box ? 1 : 0, count)
  }
}
