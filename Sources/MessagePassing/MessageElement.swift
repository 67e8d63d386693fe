internal import COpenMPI

/// A number that MPI can send, receive and compare without knowing Swift.
///
/// Conformances are closed: `Float`, `Double`, `Int32`, `Int64`, `Int`, `UInt8` and `UInt64`.
public protocol MessageElement: Numeric, Comparable, BitwiseCopyable, Sendable {
  /// The type as it crosses between ranks.
  static var wireType: WireType { get }
}

/// The basic MPI data types in use (MPI 3.1, section 3.2.2).
public enum WireType: Sendable {
  /// `MPI_FLOAT`.
  case float32
  /// `MPI_DOUBLE`.
  case float64
  /// `MPI_INT32_T`.
  case int32
  /// `MPI_INT64_T`.
  case int64
  /// `MPI_UINT8_T`.
  case uint8
  /// `MPI_UINT64_T`.
  case uint64

  var datatype: MPI_Datatype? {
    switch self {
    case .float32: cmpi_float()
    case .float64: cmpi_double()
    case .int32: cmpi_int32()
    case .int64: cmpi_int64()
    case .uint8: cmpi_uint8()
    case .uint64: cmpi_uint64()
    }
  }
}

extension Float: MessageElement {
  /// `MPI_FLOAT`.
  public static var wireType: WireType { .float32 }
}

extension Double: MessageElement {
  /// `MPI_DOUBLE`.
  public static var wireType: WireType { .float64 }
}

extension Int32: MessageElement {
  /// `MPI_INT32_T`.
  public static var wireType: WireType { .int32 }
}

extension Int64: MessageElement {
  /// `MPI_INT64_T`.
  public static var wireType: WireType { .int64 }
}

extension Int: MessageElement {
  /// `MPI_INT64_T`, or `MPI_INT32_T` where `Int` has 32 bits.
  public static var wireType: WireType {
    #if _pointerBitWidth(_64)
      .int64
    #else
      .int32
    #endif
  }
}

extension UInt8: MessageElement {
  /// `MPI_UINT8_T`.
  public static var wireType: WireType { .uint8 }
}

extension UInt64: MessageElement {
  /// `MPI_UINT64_T`.
  public static var wireType: WireType { .uint64 }
}
