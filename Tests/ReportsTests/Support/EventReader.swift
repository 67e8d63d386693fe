import Foundation
import Reports

/// A field of a protocol buffer message, as far as these tests need it.
enum WireValue: Equatable {
  case number(UInt64)
  case bytes(Data)

  var double: Double? {
    if case .number(let bits) = self { Double(bitPattern: bits) } else { nil }
  }
  var float: Float? {
    if case .number(let bits) = self { Float(bitPattern: UInt32(bits)) } else { nil }
  }
  var text: String? {
    if case .bytes(let data) = self { String(data: data, encoding: .utf8) } else { nil }
  }
  var message: WireMessage? {
    if case .bytes(let data) = self { try? WireMessage(data) } else { nil }
  }
}

/// The fields of a protocol buffer message by their numbers, decoded without a schema.
struct WireMessage {
  struct Malformed: Error {}

  var fields: [(number: Int, value: WireValue)] = []

  init(_ data: Data) throws {
    var rest = data[...]
    while !rest.isEmpty {
      let key = try Self.variableLength(&rest)
      let value: WireValue
      switch key & 7 {
      case 0: value = .number(try Self.variableLength(&rest))
      case 1: value = .number(try Self.littleEndian(&rest, bytes: 8))
      case 2:
        let count = Int(try Self.variableLength(&rest))
        guard rest.count >= count else { throw Malformed() }
        value = .bytes(Data(rest.prefix(count)))
        rest = rest.dropFirst(count)
      case 5: value = .number(try Self.littleEndian(&rest, bytes: 4))
      default: throw Malformed()
      }
      fields.append((Int(key >> 3), value))
    }
  }

  subscript(number: Int) -> WireValue? { fields.first { $0.number == number }?.value }

  func all(_ number: Int) -> [WireValue] { fields.filter { $0.number == number }.map(\.value) }

  private static func variableLength(_ rest: inout Data.SubSequence) throws -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while let byte = rest.popFirst(), shift < 64 {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Malformed()
  }

  static func littleEndian(_ rest: inout Data.SubSequence, bytes: Int) throws -> UInt64 {
    guard rest.count >= bytes else { throw Malformed() }
    let value = rest.prefix(bytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(bytes)
    return value
  }
}

/// The events of a file, each record checked against both of its checksums.
func events(_ path: String) throws -> [WireMessage] {
  var rest = try Data(contentsOf: URL(fileURLWithPath: path))[...]
  var events: [WireMessage] = []
  while !rest.isEmpty {
    let head = Data(rest.prefix(8))
    let length = Int(try WireMessage.littleEndian(&rest, bytes: 8))
    guard try WireMessage.littleEndian(&rest, bytes: 4) == UInt64(CRC32C.masked(head)), rest.count >= length
    else {
      throw WireMessage.Malformed()
    }
    let data = Data(rest.prefix(length))
    rest = rest.dropFirst(length)
    guard try WireMessage.littleEndian(&rest, bytes: 4) == UInt64(CRC32C.masked(data)) else {
      throw WireMessage.Malformed()
    }
    events.append(try WireMessage(data))
  }
  return events
}
