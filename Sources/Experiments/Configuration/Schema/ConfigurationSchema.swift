/// The JSON Schema (2020-12) of configurations, for editors.
///
/// Made of what the sections declare while they are read, once for every value of every key that decides about others:
/// so it cannot say anything else than the program does. It does not say what keys of one section mean for another, nor
/// which numbers go together; the program does, when it reads.
package struct ConfigurationSchema {
  private let base = ConfigurationReading()
  /// A reading for each value of each selecting key, by key path.
  private let choices: [String: [(String, ConfigurationReading)]]

  /// Reads all declarations.
  package init() {
    choices = Dictionary(
      uniqueKeysWithValues: base.keys.filter { $0.selects && !$0.path.contains("[") }.map { key in
        (key.path, key.allowed.map { ($0, ConfigurationReading(key.path, $0)) })
      })
  }

  /// The schema as JSON text with a line's end.
  package var json: String { root.json() + "\n" }

  private var root: SchemaNode {
    let head: [SchemaNode.Entry] = [
      ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      ("title", .text("Holdfast configuration")),
      ("description", .text("Printed by `holdfast config schema`; not written by hand.")),
    ]
    return .object(head + section("") + [("$defs", .object(definitions))])
  }

  private var definitions: [SchemaNode.Entry] {
    let attack = "evaluation.attack"
    let names = base.keys.first { $0.path == "\(attack).name" }?.allowed ?? []
    let digits = #"([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?"#
    func number(_ sign: String) -> SchemaNode {
      .object([
        ("type", .text("string")), ("pattern", .text("^\(sign)\(digits)( */ *\(sign)\(digits))? *$")),
        ("description", .text("A number or a fraction, such as 8/255.")),
      ])
    }
    return [
      ("fraction", number("[-+]?")), ("unsignedFraction", number("[+]?")),
      (
        "attack",
        .object([("anyOf", .list([.object([("enum", .texts(names))]), .object(section(attack))]))])
      ),
    ]
  }

  /// A section: its keys, no others, and what the value of its selecting key rules out or asks for.
  private func section(_ path: String) -> [SchemaNode.Entry] {
    let properties = base.keys(of: path).map { ($0.name, property($0)) }
    let conditions = base.keys(of: path).filter(\.selects).flatMap { self.conditions($0, in: path) }
    return [
      ("type", .text("object")), ("additionalProperties", .flag(false)), ("properties", .object(properties)),
    ] + (conditions.isEmpty ? [] : [("allOf", .list(conditions))])
  }

  private func property(_ key: ConfigurationKey) -> SchemaNode {
    var entries: [SchemaNode.Entry] = [("description", .text(key.documentation))]
    entries += key.kind == .section ? section(key.path) : key.kind.schema
    if let fallback = constantDefault(key), let value = key.kind.schemaDefault(fallback) {
      entries.append(("default", value))
    }
    return .object(entries)
  }

  /// The default, unless it follows from other settings, or from the file's name.
  private func constantDefault(_ key: ConfigurationKey) -> String? {
    guard key.path != "name" else { return nil }
    let readings = [base] + choices.values.flatMap { $0.map { $0.1 } }
    let defaults = Set(readings.compactMap { $0.keys.first { $0.path == key.path }?.fallback })
    return defaults.count == 1 ? defaults.first : nil
  }

  /// For every group of values of the selecting key that mean the same for the other keys: what they mean.
  private func conditions(_ key: ConfigurationKey, in path: String) -> [SchemaNode] {
    struct Meaning: Hashable {
      var unused: [String]
      var missing: [String]
    }
    var groups: [(meaning: Meaning, values: [String])] = []
    for (value, reading) in choices[key.path] ?? [] {
      let keys = reading.keys(of: path)
      let meaning = Meaning(
        unused: keys.filter { !$0.isUsed }.map(\.name),
        missing: keys.filter { reading.missing.contains($0.path) }.map(\.name))
      if let index = groups.firstIndex(where: { $0.meaning == meaning }) {
        groups[index].values.append(value)
      } else {
        groups.append((meaning, [value]))
      }
    }
    return groups.compactMap { meaning, values in
      guard !meaning.unused.isEmpty || !meaning.missing.isEmpty else { return nil }
      var condition: [SchemaNode.Entry] = [
        ("properties", .object([(key.name, .object([("enum", .texts(values))]))]))
      ]
      // Where the key is left out, its default counts.
      if !values.contains(key.fallback ?? "") { condition.append(("required", .texts([key.name]))) }
      var consequence: [SchemaNode.Entry] = []
      if !meaning.unused.isEmpty {
        consequence.append(("properties", .object(meaning.unused.map { ($0, .flag(false)) })))
      }
      if !meaning.missing.isEmpty { consequence.append(("required", .texts(meaning.missing))) }
      return .object([("if", .object(condition)), ("then", .object(consequence))])
    }
  }
}
