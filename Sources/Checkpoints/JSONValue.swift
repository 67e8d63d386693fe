package import Foundation

/// Any JSON value, for content whose type only the caller knows.
///
/// Integers keep all 64 bits, and numbers the exact value of the `Double` they were.
public enum JSONValue: Sendable, Equatable {
  /// The JSON literal `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number within 64 signed bits.
  case integer(Int64)
  /// A whole number that needs the 64th bit.
  case unsigned(UInt64)
  /// Any other number.
  case number(Double)
  /// Text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object; its keys are unordered.
  case object([String: JSONValue])

  /// Converts any encodable value; infinities and NaN become strings.
  ///
  /// - Throws: `EncodingError` from the value's own encoding.
  public init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: JSONValue.encoder().encode(value))
  }

  /// Converts back to the type that was encoded.
  ///
  /// - Throws: `DecodingError` if the content is of another type.
  public func decode<Value: Decodable>(as type: Value.Type) throws -> Value {
    try JSONValue.decoder().decode(type, from: JSONValue.encoder().encode(self))
  }

  /// An encoder with one form for each value: sorted keys, plain slashes.
  package static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  /// A decoder for what the encoder writes, infinities and NaN included.
  package static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  /// The number of keys in this value and everything inside it.
  var keyCount: Int {
    switch self {
    case .array(let items): items.reduce(0) { $0 + $1.keyCount }
    case .object(let members): members.values.reduce(members.count) { $0 + $1.keyCount }
    default: 0
    }
  }
}

extension JSONValue: Codable {
  /// Decodes whatever value comes next.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else if let number = try? container.decode(Double.self) {
      if number == 0 && number.sign == .minus {
        // As a whole number it would lose its sign.
        self = .number(number)
      } else if let value = try? container.decode(Int64.self) {
        self = .integer(value)
      } else if let value = try? container.decode(UInt64.self) {
        self = .unsigned(value)
      } else {
        self = .number(number)
      }
    } else {
      self = .bool(try container.decode(Bool.self))
    }
  }

  /// Encodes the value itself, without a trace of the case it is stored in.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
