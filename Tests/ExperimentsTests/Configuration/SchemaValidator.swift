import Foundation

/// Validates values by the part of JSON Schema 2020-12 that the configuration's schema uses; refuses any other keyword.
struct SchemaValidator {
  private let root: [String: Any]

  struct Unsupported: Error {
    let keyword: String
  }

  init(_ json: String) throws {
    guard let root = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
      throw Unsupported(keyword: "a schema that is no object")
    }
    self.root = root
  }

  func accepts(_ value: Any) throws -> Bool { try accepts(value, by: root) }

  private func accepts(_ value: Any, by schema: Any) throws -> Bool {
    if let flag = Self.flag(schema) { return flag }
    guard let schema = schema as? [String: Any] else { throw Unsupported(keyword: "\(schema)") }
    for (keyword, rule) in schema {
      if try !accepts(value, keyword, rule, schema) { return false }
    }
    return true
  }

  private func accepts(
    _ value: Any, _ keyword: String, _ rule: Any, _ schema: [String: Any]
  ) throws -> Bool {
    let object = value as? [String: Any]
    let list = value as? [Any]
    let number = Self.number(value)
    switch keyword {
    case "$schema", "title", "description", "default", "$defs", "then": return true
    case "$ref":
      guard let name = (rule as? String)?.split(separator: "/").last,
        let definition = (root["$defs"] as? [String: Any])?[String(name)]
      else { throw Unsupported(keyword: "$ref \(rule)") }
      return try accepts(value, by: definition)
    case "type":
      let types = rule as? [String] ?? [rule as? String ?? ""]
      return types.contains { Self.isOf(type: $0, value) }
    case "enum":
      return (rule as? [String] ?? []).contains { $0 == value as? String }
    case "properties":
      guard let object, let properties = rule as? [String: Any] else { return true }
      return try properties.allSatisfy { key, schema in
        try object[key].map { try accepts($0, by: schema) } ?? true
      }
    case "additionalProperties":
      guard Self.flag(rule) == false else { throw Unsupported(keyword: keyword) }
      guard let object else { return true }
      let known = schema["properties"] as? [String: Any] ?? [:]
      return object.keys.allSatisfy { known[$0] != nil }
    case "required":
      return object.map { object in (rule as? [String] ?? []).allSatisfy { object[$0] != nil } } ?? true
    case "minimum": return number.map { $0 >= Self.number(rule) ?? .nan } ?? true
    case "maximum": return number.map { $0 <= Self.number(rule) ?? .nan } ?? true
    case "exclusiveMinimum": return number.map { $0 > Self.number(rule) ?? .nan } ?? true
    case "exclusiveMaximum": return number.map { $0 < Self.number(rule) ?? .nan } ?? true
    case "pattern":
      guard let text = value as? String else { return true }
      return text.firstMatch(of: try Regex(rule as? String ?? "")) != nil
    case "items": return try list.map { try $0.allSatisfy { try accepts($0, by: rule) } } ?? true
    case "minItems": return list.map { Double($0.count) >= Self.number(rule) ?? .nan } ?? true
    case "maxItems": return list.map { Double($0.count) <= Self.number(rule) ?? .nan } ?? true
    case "anyOf": return try (rule as? [Any] ?? []).contains { try accepts(value, by: $0) }
    case "allOf": return try (rule as? [Any] ?? []).allSatisfy { try accepts(value, by: $0) }
    case "if":
      guard let then = schema["then"] else { throw Unsupported(keyword: "if without then") }
      return try accepts(value, by: rule) ? accepts(value, by: then) : true
    default: throw Unsupported(keyword: keyword)
    }
  }

  private static func isOf(type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": flag(value) != nil
    case "number": number(value) != nil
    case "integer": number(value).map { $0 == $0.rounded() } ?? false
    default: false
    }
  }

  /// JSON's and YAML's true and false, which Foundation may hold as numbers.
  private static func flag(_ value: Any) -> Bool? {
    if let number = value as? NSNumber {
      return String(cString: number.objCType) == "c" ? number.boolValue : nil
    }
    return value as? Bool
  }

  private static func number(_ value: Any) -> Double? {
    if flag(value) != nil { return nil }
    return switch value {
    case let number as NSNumber: number.doubleValue
    case let number as Int: Double(number)
    case let number as UInt: Double(number)
    case let number as UInt64: Double(number)
    case let number as Double: number
    default: nil
    }
  }
}
