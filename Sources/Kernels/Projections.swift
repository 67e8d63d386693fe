import CKernels

/// Projections on hyperplanes within the box [0, 1], for the selected instruction set.
///
/// All instruction sets give the same bits. Pointers must be valid for the stated number of floats, scratch for
/// that number rounded up to a multiple of 8.
public struct Projections: Sendable {
  /// A constant of the program, never written.
  nonisolated(unsafe) private let table: UnsafePointer<ckernels_projections>

  /// The projections for `set`; nil where this CPU lacks it.
  public init?(_ set: InstructionSet) {
    guard let table = ckernels_projections_for(Int32(set.rawValue)) else { return nil }
    self.table = table
  }

  /// The projections this process uses.
  public static let selected: Projections = {
    guard let projections = Projections(InstructionSet.selected) else {
      preconditionFailure("no kernels for \(InstructionSet.selected), which this CPU was said to have")
    }
    return projections
  }()

  /// The norms in which a hyperplane can be approached.
  public enum Distance: Sendable, CaseIterable {
    /// The largest change of a pixel.
    case linf
    /// The Euclidean length.
    case l2
    /// The sum of changes.
    case l1
  }

  /// Memory of a projection, used by one thread at a time.
  public struct Scratch {
    let room: UnsafeMutablePointer<Float>
    let size: UnsafeMutablePointer<Float>
    let order: UnsafeMutablePointer<Int32>

    /// Uses memory that outlives the scratch: room and size for the number of pixels rounded up to a multiple of
    /// 8, order for that number.
    public init(
      room: UnsafeMutablePointer<Float>, size: UnsafeMutablePointer<Float>, order: UnsafeMutablePointer<Int32>
    ) {
      self.room = room
      self.size = size
      self.order = order
    }
  }

  /// The shortest step from `point` that lowers the inner product with `weights` by `excess`, exact up to rounding.
  ///
  /// The step does not leave [0, 1] where `box`. It is the farthest one where the plane cannot be reached, and zero
  /// where the weights are zero or not finite.
  ///
  /// - Returns: The length of the step.
  @discardableResult
  public func stepToPlane(
    from point: UnsafePointer<Float>, weights: UnsafePointer<Float>, excess: Double, in distance: Distance,
    box: Bool, into step: UnsafeMutablePointer<Float>, _ count: Int, _ scratch: Scratch
  ) -> Double {
    let function =
      switch distance {
      case .linf: table.pointee.linf_plane
      case .l2: table.pointee.l2_plane
      case .l1: table.pointee.l1_plane
      }
    return function(
      point, weights, count, excess, box ? 1 : 0, scratch.room, scratch.size, scratch.order, step)
  }

  /// The sum of |x|, in Double and in a fixed order.
  public func sumOfMagnitudes(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    table.pointee.sum_of_magnitudes(x, count)
  }

  /// The sum of |x - y|, in Double and in a fixed order.
  public func sumOfMagnitudes(
    ofDifference x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Double {
    table.pointee.sum_of_magnitudes_of_differences(x, y, count)
  }

  /// The inner product of `weights` and x - y, in Double and in a fixed order.
  public func dot(
    _ weights: UnsafePointer<Float>, differenceOf x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    _ count: Int
  ) -> Double {
    table.pointee.dot_with_difference(weights, x, y, count)
  }

  /// The largest |x|; NaN where there is one.
  public func largestMagnitude(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    table.pointee.largest_magnitude(x, count)
  }

  /// x <- (1 - share) (x + reach * step) + share (clean + reach * cleanStep), then into [0, 1] where `box`.
  public func combine(
    _ x: UnsafeMutablePointer<Float>, clean: UnsafePointer<Float>, step: UnsafePointer<Float>,
    cleanStep: UnsafePointer<Float>, reach: Float, share: Float, box: Bool, _ count: Int
  ) {
    table.pointee.boundary_step(x, clean, step, cleanStep, reach, share, box ? 1 : 0, count)
  }
}
