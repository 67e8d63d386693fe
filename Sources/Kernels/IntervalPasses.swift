import CKernels

/// The passes over intervals that bound propagation does between the products with weights.
///
/// An interval is kept as its centre and its radius. All instruction sets give the same bits. Pointers must be valid
/// for the stated number of floats and may not overlap unless the same tensor is said to be read and written.
public struct IntervalPasses: Sendable {
  /// A constant of the program, never written.
  private nonisolated(unsafe) let table: UnsafePointer<ckernels_interval_table>

  /// The passes for `set`; nil where this CPU lacks it.
  public init?(_ set: InstructionSet) {
    guard let table = ckernels_intervals_for(Int32(set.rawValue)) else { return nil }
    self.table = table
  }

  /// The passes this process uses.
  public static let selected: IntervalPasses = {
    guard let passes = IntervalPasses(InstructionSet.selected) else {
      preconditionFailure("no kernels for \(InstructionSet.selected), which this CPU was said to have")
    }
    return passes
  }()

  /// centre <- (lower + upper) / 2, radius <- (upper - lower) / 2.
  public func centres(
    lower: UnsafePointer<Float>, upper: UnsafePointer<Float>, centre: UnsafeMutablePointer<Float>,
    radius: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.centres(lower, upper, centre, radius, count)
  }

  /// lower <- centre - radius, upper <- centre + radius.
  public func ends(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, lower: UnsafeMutablePointer<Float>,
    upper: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.ends(centre, radius, lower, upper, count)
  }

  /// The intervals of max(x, 0); a NaN stays a NaN.
  public func relu(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, outputCentre: UnsafeMutablePointer<Float>,
    outputRadius: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.relu(centre, radius, outputCentre, outputRadius, count)
  }

  /// Turns the gradients by the outputs of `relu` into those by its inputs, in place.
  public func reluGradient(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, centreGradient: UnsafeMutablePointer<Float>,
    radiusGradient: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.relu_gradient(centre, radius, centreGradient, radiusGradient, count)
  }

  /// out <- |x|.
  public func magnitudes(
    of x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.magnitudes(out, x, count)
  }

  /// a <- a + sign(signs) * b, where the sign of 0 is 0.
  public func addSigned(
    _ a: UnsafeMutablePointer<Float>, signs: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int
  ) {
    table.pointee.add_signed(a, signs, b, count)
  }

  /// The upper end of (other - own) x over the intervals of x, in Double and in a fixed order.
  public func margin(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, own: UnsafePointer<Float>,
    other: UnsafePointer<Float>, _ count: Int
  ) -> Double {
    table.pointee.margin(centre, radius, own, other, count)
  }

  /// What goes into a margin, or gradients by that.
  public struct MarginOperands {
    /// The centres of x.
    public var centre: UnsafeMutablePointer<Float>
    /// The radii of x.
    public var radius: UnsafeMutablePointer<Float>
    /// The weights of the own class.
    public var own: UnsafeMutablePointer<Float>
    /// The weights of the other class.
    public var other: UnsafeMutablePointer<Float>

    /// Names the four tensors.
    public init(
      centre: UnsafeMutablePointer<Float>, radius: UnsafeMutablePointer<Float>,
      own: UnsafeMutablePointer<Float>, other: UnsafeMutablePointer<Float>
    ) {
      self.centre = centre
      self.radius = radius
      self.own = own
      self.other = other
    }
  }

  /// Adds `factor` times the gradient of `margin` at `operands` to `gradients`.
  public func addMarginGradient(
    _ factor: Float, at operands: MarginOperands, to gradients: MarginOperands, _ count: Int
  ) {
    table.pointee.margin_gradient(
      factor, operands.centre, operands.radius, operands.own, operands.other, gradients.centre,
      gradients.radius, gradients.own, gradients.other, count)
  }
}
