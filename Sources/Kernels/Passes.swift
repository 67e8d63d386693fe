import CKernels

/// The element-wise and pooling passes, for the selected instruction set.
///
/// All instruction sets give the same bits. Pointers must be valid for the stated number of floats and may not
/// overlap unless the same tensor is said to be read and written.
public struct Passes: Sendable {
  /// A constant of the program, never written.
  nonisolated(unsafe) let table: UnsafePointer<ckernels_table>

  /// The passes for `set`; nil where this CPU lacks it.
  public init?(_ set: InstructionSet) {
    guard let table = ckernels_for(Int32(set.rawValue)) else { return nil }
    self.init(table: table)
  }

  private init(table: UnsafePointer<ckernels_table>) {
    self.table = table
  }

  /// The passes this process uses.
  public static let selected: Passes = {
    guard let passes = Passes(InstructionSet.selected) else {
      preconditionFailure("no kernels for \(InstructionSet.selected), which this CPU was said to have")
    }
    return passes
  }()

  /// x <- max(x, 0); a NaN stays a NaN.
  public func relu(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
    table.pointee.relu(x, count)
  }

  /// gradient <- output > 0 ? gradient : 0.
  public func reluGradient(
    _ gradient: UnsafeMutablePointer<Float>, output: UnsafePointer<Float>, _ count: Int
  ) {
    table.pointee.relu_gradient(gradient, output, count)
  }

  /// x <- x * factor, element by element.
  public func multiply(_ x: UnsafeMutablePointer<Float>, by factor: UnsafePointer<Float>, _ count: Int) {
    table.pointee.multiply(x, factor, count)
  }

  /// x <- x * factor.
  public func scale(_ x: UnsafeMutablePointer<Float>, by factor: Float, _ count: Int) {
    table.pointee.scale(x, factor, count)
  }

  /// a <- a + b.
  public func add(_ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) {
    table.pointee.add(a, b, count)
  }

  /// out <- a + b, where `out` is neither of them.
  public func sum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    table.pointee.sum(out, a, b, count)
  }

  /// a <- a + factor * b.
  public func addScaled(
    _ a: UnsafeMutablePointer<Float>, _ factor: Float, _ b: UnsafePointer<Float>, _ count: Int
  ) {
    table.pointee.add_scaled(a, factor, b, count)
  }

  /// The sum of squares, in Double and in a fixed order.
  public func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    table.pointee.sum_of_squares(x, count)
  }

  /// The squared Euclidean distance, in Double and in a fixed order.
  public func squaredDistance(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Double {
    table.pointee.sum_of_squared_differences(x, y, count)
  }

  /// The largest |x - y|; NaN where there is one.
  public func largestDifference(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    table.pointee.max_difference(x, y, count)
  }

  /// The number of elements that are NaN or infinite.
  public func nonFiniteCount(_ x: UnsafePointer<Float>, _ count: Int) -> Int {
    table.pointee.count_nonfinite(x, count)
  }
}
