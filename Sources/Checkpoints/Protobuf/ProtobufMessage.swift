package import Foundation

/// The bytes of a protocol buffer message, field by field (protobuf.dev, "Encoding"; proto3 with proto2's fields).
///
/// It only writes, and knows no schema: whoever fills a message names its fields by their numbers. The formats
/// written here need a handful of messages, for which swift-protobuf would put its runtime and the generated code
/// of TensorFlow's and ONNX's schemas into every build, minutes of it from a clean clone.
///
/// Fields go out in the order of the calls, and a value that is the default of its type goes out like any other, which
/// every reader accepts.
package struct ProtobufMessage: Sendable, Equatable {
  /// The encoded fields.
  package private(set) var bytes = Data()

  /// How a field's value is laid out, the lowest three bits of its key.
  private enum WireType: UInt64 {
    case variableLength = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  /// Creates a message without fields.
  package init() {}

  /// Adds a field of type int32, int64 or an enumeration; negative values take ten bytes.
  package mutating func add(_ field: Int, _ value: Int) {
    key(field, .variableLength)
    append(UInt64(bitPattern: Int64(value)))
  }

  /// Adds a field of type bool.
  package mutating func add(_ field: Int, _ value: Bool) {
    add(field, value ? 1 : 0)
  }

  /// Adds a field of type float.
  package mutating func add(_ field: Int, _ value: Float) {
    key(field, .fourBytes)
    append(littleEndian: value.bitPattern)
  }

  /// Adds a field of type double.
  package mutating func add(_ field: Int, _ value: Double) {
    key(field, .eightBytes)
    append(littleEndian: value.bitPattern)
  }

  /// Adds a field of type string.
  package mutating func add(_ field: Int, _ text: String) {
    add(field, Data(text.utf8))
  }

  /// Adds a field of type bytes.
  package mutating func add(_ field: Int, _ data: Data) {
    key(field, .lengthDelimited)
    append(UInt64(data.count))
    bytes.append(data)
  }

  /// Adds a field that is a message itself.
  package mutating func add(_ field: Int, _ message: ProtobufMessage) {
    add(field, message.bytes)
  }

  /// Adds a repeated field of type int32, int64 or an enumeration, packed.
  package mutating func add(_ field: Int, packed values: [Int]) {
    var payload = ProtobufMessage()
    for value in values { payload.append(UInt64(bitPattern: Int64(value))) }
    add(field, payload)
  }

  /// Adds a repeated field of type float, packed.
  package mutating func add(_ field: Int, packed values: [Float]) {
    var payload = ProtobufMessage()
    payload.bytes.reserveCapacity(4 * values.count)
    for value in values { payload.append(littleEndian: value.bitPattern) }
    add(field, payload)
  }

  private mutating func key(_ field: Int, _ type: WireType) {
    precondition((1..<1 << 29).contains(field), "\(field) is no number of a field")
    append(UInt64(field) << 3 | type.rawValue)
  }

  /// Seven bits a byte, the lowest first; the highest bit of a byte says that another follows.
  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(littleEndian value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
