internal import COpenMPI

/// An operation that combines one element from every rank into one.
///
/// A sum exists for integers only. The order in which `MPI_SUM` adds is the library's choice and changes with the
/// number of ranks, so a floating-point sum would not have the same bits everywhere.
public struct Reduction<Element: MessageElement>: Sendable {
  let operation: @Sendable () -> MPI_Op?

  /// The smallest element; which one is unspecified where a NaN takes part.
  public static var minimum: Self { Self { cmpi_min() } }

  /// The largest element; which one is unspecified where a NaN takes part.
  public static var maximum: Self { Self { cmpi_max() } }
}

extension Reduction where Element: FixedWidthInteger {
  /// The sum, which wraps around on overflow.
  public static var sum: Self { Self { cmpi_sum() } }
}
