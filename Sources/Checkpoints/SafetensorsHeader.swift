import Foundation

/// The checked header of a safetensors file: every entry lies inside the file and together they tile it.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var type: SafetensorsElement
    var shape: [Int]
    /// The number of elements, the product of the extents.
    var count: Int
    /// The first byte, counted from the start of the data part.
    var begin: Int
    /// One past the last byte.
    var end: Int
  }

  static let metadataKey = "__metadata__"
  /// Room for some ten thousand tensors.
  ///
  /// The format's own reader stops at a hundred times that, which takes minutes to parse here.
  static let maximumLength = 1 << 20
  /// The most extents of a shape: as many as arrays have elsewhere.
  ///
  /// A header can hold half a million, which take seconds to parse.
  static let maximumExtents = 32

  /// Sorted by position in the file.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// Where the tensors' bytes begin in the file.
  private(set) var dataOffset = 0

  private let path: String

  init(parsing data: Data, path: String) throws(CheckpointError) {
    self.path = path
    guard data.count >= 8 else {
      throw corrupt("\(data.count) bytes are fewer than the eight of the header's length")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.maximumLength else {
      throw corrupt("a header of \(length) bytes is too long; \(Self.maximumLength) is the most")
    }
    guard length <= data.count - 8 else {
      throw corrupt("the header should have \(length) bytes and the file ends after \(data.count - 8)")
    }
    dataOffset = 8 + Int(length)

    for (name, value) in try parse(data.dropFirst(8).prefix(Int(length))) {
      if name == Self.metadataKey {
        metadata = try text(of: value)
      } else {
        entries.append(try entry(name: name, value))
      }
    }
    // An empty tensor shares its begin with the one after it.
    entries.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
    try checkTiling(dataCount: data.count - dataOffset)
  }

  private func corrupt(_ reason: String) -> CheckpointError {
    .corrupt(path: path, reason: reason)
  }

  // MARK: - JSON

  private func parse(_ json: Data) throws(CheckpointError) -> [String: JSONValue] {
    // NUL bytes would make Foundation guess at UTF-16.
    guard json.first == UInt8(ascii: "{"), !json.contains(0), String(data: json, encoding: .utf8) != nil
    else {
      throw corrupt("the header is no JSON object")
    }
    let outline = JSONOutline(json)
    guard outline.depth <= 3 else { throw corrupt("the header is nested too deeply") }
    guard outline.longestList <= Self.maximumExtents else {
      throw corrupt(
        "tensor \(outline.longestListName) has a list of \(outline.longestList) numbers; a shape has "
          + "\(Self.maximumExtents) at the most")
    }
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: json)
    } catch {
      throw corrupt("the header is no valid JSON")
    }
    guard case .object(let members) = value else { throw corrupt("the header is no JSON object") }
    // The decoder keeps one of two equal keys without a word; the text still has both.
    guard outline.keys == value.keyCount else { throw corrupt("a name occurs twice in the header") }
    return members
  }

  private func text(of value: JSONValue) throws(CheckpointError) -> [String: String] {
    guard case .object(let members) = value else { throw corrupt("\(Self.metadataKey) is no object") }
    var result: [String: String] = [:]
    for (key, member) in members {
      guard case .string(let text) = member else {
        throw corrupt("\(Self.metadataKey) entry \(key) is no text")
      }
      result[key] = text
    }
    return result
  }

  // MARK: - Entries

  private func entry(name: String, _ value: JSONValue) throws(CheckpointError) -> Entry {
    guard case .object(let fields) = value, fields.count == 3,
      case .string(let typeName)? = fields["dtype"],
      let shape = fields["shape"]?.wholeNumbers,
      let offsets = fields["data_offsets"]?.wholeNumbers, offsets.count == 2
    else {
      throw corrupt("tensor \(name) needs exactly dtype, shape and data_offsets (two whole numbers)")
    }
    guard let type = SafetensorsElement(rawValue: typeName) else {
      throw corrupt("tensor \(name) has the unsupported element type \(typeName)")
    }
    guard offsets[0] <= offsets[1] else {
      throw corrupt("tensor \(name) ends at byte \(offsets[1]), before it begins at \(offsets[0])")
    }

    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw corrupt("tensor \(name) of shape \(shape) has too many elements") }
      count = product
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, size == offsets[1] - offsets[0] else {
      throw corrupt(
        "tensor \(name) of shape \(shape) and type \(typeName) does not fill bytes \(offsets[0])..<\(offsets[1])"
      )
    }
    return Entry(name: name, type: type, shape: shape, count: count, begin: offsets[0], end: offsets[1])
  }

  private func checkTiling(dataCount: Int) throws(CheckpointError) {
    var position = 0
    for entry in entries {
      guard entry.begin == position else {
        let fault = entry.begin > position ? "there is a hole before" : "another tensor overlaps"
        throw corrupt("\(fault) tensor \(entry.name) at byte \(entry.begin) of the data")
      }
      position = entry.end
    }
    guard position == dataCount else {
      throw corrupt("the tensors take \(position) bytes and the file holds \(dataCount)")
    }
  }
}

extension JSONValue {
  /// The members of an array of non-negative whole numbers.
  fileprivate var wholeNumbers: [Int]? {
    guard case .array(let items) = self else { return nil }
    var numbers: [Int] = []
    for item in items {
      guard case .integer(let number) = item, let value = Int(exactly: number), value >= 0 else { return nil }
      numbers.append(value)
    }
    return numbers
  }
}
