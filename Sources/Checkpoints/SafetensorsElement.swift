import Foundation

#if _endian(big)
  #error("tensor files are little-endian and are copied as they are")
#endif

/// The element types of safetensors that have an exact meaning in float32.
enum SafetensorsElement: String {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case float64 = "F64"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint8 = "U8"
  case bool = "BOOL"

  struct ConversionError: Error {
    var reason: String
  }

  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Converts `count` packed elements.
  ///
  /// - Throws: if a number overflows float32, or a whole number (a counter, say) has no exact float32.
  func decode(_ bytes: Data, count: Int) throws(ConversionError) -> [Float] {
    switch self {
    case .float32:
      return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      }
    case .float16:
      return elements(of: UInt16.self, in: bytes, count: count).map { Float(Float16(bitPattern: $0)) }
    case .bfloat16:
      return elements(of: UInt16.self, in: bytes, count: count).map { Float(bitPattern: UInt32($0) << 16) }
    case .float64:
      let values = elements(of: UInt64.self, in: bytes, count: count).map { Double(bitPattern: $0) }
      if let index = values.firstIndex(where: { $0.isFinite && !Float($0).isFinite }) {
        throw ConversionError(reason: "\(values[index]) at index \(index) is too large for float32")
      }
      return values.map { Float($0) }
    case .int64: return try whole(Int64.self, bytes, count)
    case .int32: return try whole(Int32.self, bytes, count)
    case .int16: return try whole(Int16.self, bytes, count)
    case .int8: return try whole(Int8.self, bytes, count)
    case .uint8, .bool: return try whole(UInt8.self, bytes, count)
    }
  }

  private func whole<Value: FixedWidthInteger>(
    _ type: Value.Type, _ bytes: Data, _ count: Int
  ) throws(ConversionError) -> [Float] {
    let values = elements(of: type, in: bytes, count: count)
    if let index = values.firstIndex(where: { Float(exactly: $0) == nil }) {
      throw ConversionError(reason: "\(values[index]) at index \(index) is not exact in float32")
    }
    return values.map { Float($0) }
  }

  private func elements<Value: FixedWidthInteger>(of type: Value.Type, in bytes: Data, count: Int) -> [Value]
  {
    bytes.withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: type) }
    }
  }
}
