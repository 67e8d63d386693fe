import Foundation

/// The fields of a message of protocol buffers, as they stand in the bytes (protobuf.dev, "Encoding").
struct ProtobufMessage {
  enum Value {
    case variable(UInt64)
    case fixed32(UInt32)
    case bytes([UInt8])
  }

  private(set) var fields: [(number: Int, value: Value)] = []

  struct Malformed: Error {}

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let key = try Self.variable(&rest)
      let number = Int(key >> 3)
      switch key & 7 {
      case 0: fields.append((number, .variable(try Self.variable(&rest))))
      case 2:
        let count = Int(try Self.variable(&rest))
        guard count <= rest.count else { throw Malformed() }
        fields.append((number, .bytes(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 5:
        guard rest.count >= 4 else { throw Malformed() }
        let value = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        fields.append((number, .fixed32(value)))
        rest = rest.dropFirst(4)
      default: throw Malformed()
      }
    }
  }

  static func variable(_ bytes: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = bytes.popFirst() {
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Malformed()
  }

  func integer(_ number: Int) throws -> Int {
    guard case .variable(let value)? = fields.last(where: { $0.number == number })?.value else {
      throw Malformed()
    }
    return Int(Int64(bitPattern: value))
  }

  func float(_ number: Int) throws -> Float {
    guard case .fixed32(let bits)? = fields.last(where: { $0.number == number })?.value else {
      throw Malformed()
    }
    return Float(bitPattern: bits)
  }

  func all(_ number: Int) -> [[UInt8]] {
    fields.compactMap { field in
      if field.number == number, case .bytes(let bytes) = field.value { bytes } else { nil }
    }
  }

  func bytes(_ number: Int) throws -> [UInt8] {
    guard let bytes = all(number).last else { throw Malformed() }
    return bytes
  }

  func text(_ number: Int) throws -> String { String(decoding: try bytes(number), as: UTF8.self) }
  func message(_ number: Int) throws -> ProtobufMessage { try ProtobufMessage(bytes(number)) }
  func messages(_ number: Int) throws -> [ProtobufMessage] { try all(number).map(ProtobufMessage.init) }

  func packed(_ number: Int) throws -> [Int] {
    var rest = try bytes(number)[...]
    var values: [Int] = []
    while !rest.isEmpty { values.append(Int(Int64(bitPattern: try Self.variable(&rest)))) }
    return values
  }
}
