import CKernels

/// The passes over linear bounds that go from margins back to the image.
///
/// All instruction sets give the same bits. Pointers must be valid for the stated number of floats and may not overlap.
public struct RelaxationPasses: Sendable {
  /// A constant of the program, never written.
  private nonisolated(unsafe) let table: UnsafePointer<ckernels_relaxation_table>

  /// The passes for `set`; nil where this CPU lacks it.
  public init?(_ set: InstructionSet) {
    guard let table = ckernels_relaxations_for(Int32(set.rawValue)) else { return nil }
    self.table = table
  }

  /// The passes this process uses.
  public static let selected: RelaxationPasses = {
    guard let passes = RelaxationPasses(InstructionSet.selected) else {
      preconditionFailure("no kernels for \(InstructionSet.selected), which this CPU was said to have")
    }
    return passes
  }()

  /// The lines around max(x, 0) for every value x of a sample: `below` x from below, `slope` x + `offset` from above.
  public struct Lines {
    let below: UnsafeMutablePointer<Float>
    let slope: UnsafeMutablePointer<Float>
    let offset: UnsafeMutablePointer<Float>

    /// Names the three tensors.
    public init(
      below: UnsafeMutablePointer<Float>, slope: UnsafeMutablePointer<Float>,
      offset: UnsafeMutablePointer<Float>
    ) {
      self.below = below
      self.slope = slope
      self.offset = offset
    }
  }

  /// Computes the lines over the intervals of x.
  public func lines(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, into lines: Lines, _ count: Int
  ) {
    table.pointee.lines(centre, radius, lines.below, lines.slope, lines.offset, count)
  }

  /// Adds to the gradients by centre and radius what comes through slope and offset.
  public func addLinesGradient(
    centre: UnsafePointer<Float>, radius: UnsafePointer<Float>, slopeGradient: UnsafePointer<Float>,
    offsetGradient: UnsafePointer<Float>, toCentre: UnsafeMutablePointer<Float>,
    toRadius: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.lines_gradient(centre, radius, slopeGradient, offsetGradient, toCentre, toRadius, count)
  }

  /// Takes the coefficients of a lower bound from behind a ReLU to before it.
  ///
  /// - Returns: The constant that this adds to the bound.
  public func relax(
    _ coefficients: UnsafePointer<Float>, _ lines: Lines, into result: UnsafeMutablePointer<Float>,
    _ count: Int
  ) -> Double {
    table.pointee.relax(coefficients, lines.below, lines.slope, lines.offset, result, count)
  }

  /// The gradient of a bound, of weight `factor`, through `relax`.
  ///
  /// - Parameters:
  ///   - factor: The weight of the bound.
  ///   - coefficients: Those that `relax` was given.
  ///   - lines: The lower lines of the ReLU.
  ///   - resultGradient: The gradient by the result.
  ///   - coefficientGradient: Overwritten with the gradient by the coefficients.
  ///   - slopeGradient: What is added to.
  ///   - offsetGradient: What is added to.
  ///   - count: The number of values.
  public func relaxGradient(
    _ factor: Float, _ coefficients: UnsafePointer<Float>, _ lines: Lines,
    resultGradient: UnsafePointer<Float>, coefficientGradient: UnsafeMutablePointer<Float>,
    slopeGradient: UnsafeMutablePointer<Float>, offsetGradient: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.relax_gradient(
      factor, coefficients, lines.below, lines.slope, lines.offset, resultGradient, coefficientGradient,
      slopeGradient, offsetGradient, count)
  }

  /// The sum of products, in Double and in a fixed order.
  public func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Double {
    table.pointee.dot(a, b, count)
  }

  /// The least value of a linear function over intervals, in Double and in a fixed order.
  public func least(
    _ coefficients: UnsafePointer<Float>, centre: UnsafePointer<Float>, radius: UnsafePointer<Float>,
    _ count: Int
  ) -> Double {
    table.pointee.least(coefficients, centre, radius, count)
  }

  /// Overwrites `gradient` with `factor` times the gradient of `least` by the coefficients.
  public func leastGradient(
    _ factor: Float, _ coefficients: UnsafePointer<Float>, centre: UnsafePointer<Float>,
    radius: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.least_gradient(factor, coefficients, centre, radius, gradient, count)
  }
}
