extension ConfigurationKey.Kind {
  /// What JSON Schema says of a value.
  ///
  /// Scalars of a configuration are text until a key asks for a number, so numbers may stand in quotes, and a name may
  /// look like a number.
  var schema: [SchemaNode.Entry] {
    switch self {
    case .integer(let lower, let upper):
      let sign = lower.hasPrefix("-") ? "[-+]?" : "[+]?"
      return Self.numberOrText(
        [("type", .text("integer")), ("minimum", .number(lower)), ("maximum", .number(upper))],
        [("type", .text("string")), ("pattern", .text("^\(sign)[0-9]+$"))])
    case .number(let range):
      return Self.numberOrText(
        [("type", .text("number"))] + range.schema,
        [("$ref", .text("#/$defs/\(range.lower < 0 ? "fraction" : "unsignedFraction")"))])
    case .flag:
      return [("type", .text("boolean"))]
    case .choice(let names, pattern: nil):
      return [("enum", .texts(names))]
    case .choice(let names, let pattern?):
      let others = SchemaNode.object([("type", .text("string")), ("pattern", .text("^(\(pattern))$"))])
      return [("anyOf", .list([.object([("enum", .texts(names))]), others]))]
    case .text(let pattern):
      let types = SchemaNode.texts(["string", "number", "boolean"])
      return [("type", types)] + (pattern.map { [("pattern", .text("^(\($0))$"))] } ?? [])
    case .list(let kind, let count):
      return [
        ("type", .text("array")), ("items", .object(kind.schema)),
        ("minItems", .number("\(count.lowerBound)")),
        ("maxItems", .number("\(count.upperBound)")),
      ]
    case .section:
      return [("type", .text("object"))]
    case .attack:
      return [("$ref", .text("#/$defs/attack"))]
    case .attacks:
      return [
        ("type", .text("array")), ("items", .object([("$ref", .text("#/$defs/attack"))])),
        ("maxItems", .number("64")),
      ]
    }
  }

  /// The default as JSON; nil where it cannot be one.
  func schemaDefault(_ text: String) -> SchemaNode? {
    switch self {
    case .integer, .number: .number(text)
    case .flag: .flag(text == "true")
    case .choice, .text: .text(text)
    case .list: .list(text.dropFirst().dropLast().split(separator: ", ").map { .number(String($0)) })
    case .section, .attack, .attacks: nil
    }
  }

  private static func numberOrText(
    _ number: [SchemaNode.Entry], _ text: [SchemaNode.Entry]
  ) -> [SchemaNode.Entry] {
    [("anyOf", .list([.object(number), .object(text)]))]
  }
}

extension NumberRange {
  fileprivate var schema: [SchemaNode.Entry] {
    var entries: [SchemaNode.Entry] = []
    if lower.isFinite {
      entries.append(
        (includesLower ? "minimum" : "exclusiveMinimum", .number(ConfigurationNumber.text(lower))))
    }
    if upper.isFinite {
      entries.append(
        (includesUpper ? "maximum" : "exclusiveMaximum", .number(ConfigurationNumber.text(upper))))
    }
    return entries
  }
}
