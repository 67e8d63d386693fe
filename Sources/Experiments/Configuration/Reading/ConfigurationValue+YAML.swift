import Yams

/// Reading YAML with limits: a configuration is a page of text, and whatever is much more is a mistake.
extension ConfigurationValue {
  /// The largest file that is read, in bytes.
  static let largestFile = 64 * 1024
  /// The deepest nesting of sections and lists.
  private static let deepest = 16
  /// The most keys of a section.
  ///
  /// Each unknown one is compared with all that are known.
  private static let mostKeys = 256
  /// The most places an alias could be used in, so that no text can expand exponentially inside the parser.
  private static let mostAliases = 16

  /// Parses a file's bytes.
  ///
  /// - Throws: `ConfigurationError` if they are no UTF-8, no YAML, use anchors or tags, or are too much.
  static func parse(bytes: [UInt8], file: String) throws(ConfigurationError) -> Self {
    guard bytes.count <= largestFile else {
      throw ConfigurationError(
        at: .file(file), "the file has \(bytes.count) bytes; a configuration has at most \(largestFile)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
      throw ConfigurationError(at: .line(bad + 1, file: file), "the file is not UTF-8 text; save it as UTF-8")
    }
    guard let value = try parse(text, origin: { .line($0, file: file) }), !value.isNull else {
      throw ConfigurationError(
        at: .file(file), "the file is empty; write {} if every setting is to have its default")
    }
    return value
  }

  /// Parses YAML text, of which the line numbers are turned into origins by `origin`.
  ///
  /// - Returns: nil if the text has no document.
  static func parse(
    _ text: String, origin: (Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) -> Self? {
    if let line = lineOfSurplusAlias(in: text) {
      throw ConfigurationError(at: origin(line), "aliases (*) are not supported; write the value out")
    }
    do {
      // Anchors are only known while the parser lives. The resolver without rules leaves scalars text.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      return try withExtendedLifetime(parser) {
        guard let root = try parser.singleRoot() else { return nil }
        return try convert(root, depth: 0, origin: origin)
      }
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(yaml: error, text: text, origin: origin)
    }
  }

  private static func lineOfSurplusAlias(in text: String) -> Int? {
    var line = 1
    var count = 0
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") { line += 1 }
      if previous == UInt8(ascii: "*"), Character(Unicode.Scalar(byte)).isWordCharacter {
        count += 1
        if count > mostAliases { return line }
      }
      previous = byte
    }
    return nil
  }

  private static func convert(
    _ node: Node, depth: Int, origin: (Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) -> Self {
    let here = origin(node.mark?.line ?? 1)
    guard depth <= deepest else {
      throw ConfigurationError(at: here, "sections and lists are nested more than \(deepest) deep")
    }
    // Whatever an alias refers to carries an anchor, so this also keeps the walk from following one.
    guard node.anchor == nil else {
      throw ConfigurationError(at: here, "anchors (&) and aliases (*) are not supported; write the value out")
    }
    let standard: Set<Tag.Name> = [.str, .seq, .map, .implicit, .nonSpecific]
    guard standard.contains(Tag.Name(rawValue: node.tag.rawValue)) else {
      throw ConfigurationError(at: here, "tags such as \(node.tag.rawValue) are not supported; remove it")
    }
    switch node {
    case .scalar(let scalar):
      return Self(.scalar(scalar.string, isPlain: scalar.style == .plain), origin: here)
    case .sequence(let sequence):
      var list: [Self] = []
      for element in sequence {
        list.append(try convert(element, depth: depth + 1, origin: origin))
      }
      return Self(.list(list), origin: here)
    case .mapping(let mapping):
      return Self(.section(try entries(of: mapping, depth: depth, origin: origin)), origin: here)
    case .alias:
      throw ConfigurationError(at: here, "aliases (*) are not supported; write the value out")
    }
  }

  private static func entries(
    of mapping: Node.Mapping, depth: Int, origin: (Int) -> ConfigurationOrigin
  ) throws(ConfigurationError) -> [Entry] {
    guard mapping.count <= mostKeys else {
      throw ConfigurationError(
        at: origin(mapping.mark?.line ?? 1), "a section has \(mapping.count) keys; \(mostKeys) is the most")
    }
    var entries: [Entry] = []
    for (key, value) in mapping {
      let place = origin(key.mark?.line ?? 1)
      guard key.anchor == nil, case .scalar(let scalar) = key else {
        throw ConfigurationError(at: place, "a key has to be a plain word")
      }
      if let first = entries.first(where: { $0.key == scalar.string }) {
        throw ConfigurationError(duplicateKey: scalar.string, at: place, first: first.origin)
      }
      let converted = try convert(value, depth: depth + 1, origin: origin)
      entries.append(Entry(key: scalar.string, origin: place, value: converted))
    }
    return entries
  }
}

extension Character {
  /// What YAML allows in the name of an anchor, and keys are made of.
  var isWordCharacter: Bool { isASCII && (isLetter || isNumber || self == "-" || self == "_") }
}

extension ConfigurationError {
  fileprivate init(duplicateKey key: String, at origin: ConfigurationOrigin, first: ConfigurationOrigin?) {
    let place = first.map { "; it is first at \($0)" } ?? ""
    self.init(at: origin, "the key \(key.debugDescription) is given twice in one section\(place)")
  }

  /// The parser's own errors, in one line each.
  fileprivate init(yaml error: any Error, text: String, origin: (Int) -> ConfigurationOrigin) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let start = context.map { " (\($0.text), which began in line \($0.mark.line))" } ?? ""
      self.init(at: origin(mark.line), "this is not YAML: \(problem)\(start)")
    case .reader(let problem, let offset, _, _):
      let line = 1 + text.prefix(offset ?? 0).count { $0.isNewline }
      self.init(at: origin(line), "this is not text: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(duplicateKey: keys.first ?? "", at: origin(context.mark.line), first: nil)
    default:
      self.init(at: origin(1), "this is not YAML: \(error)")
    }
  }
}
