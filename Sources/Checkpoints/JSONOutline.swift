import Foundation

/// What a JSON text would take to read, counted without building anything.
///
/// The text need not be sound JSON.
struct JSONOutline {
  /// How deep objects and lists lie inside each other; no further than `maximumDepth`, where the counting ends.
  private(set) var depth = 0
  /// The keys of all objects.
  private(set) var keys = 0
  /// The items of the longest list.
  private(set) var longestList = 0
  /// The member of the outermost object that the longest list is in, as it is written there.
  var longestListName: String { String(decoding: json[nameOfLongest].prefix(100), as: UTF8.self) }

  static let maximumDepth = 64

  private let json: Data
  private var nameOfLongest: Range<Data.Index>

  /// An object or a list that is open.
  private struct Level {
    var isList: Bool
    var items = 0
  }

  init(_ json: Data) {
    self.json = json
    nameOfLongest = json.startIndex..<json.startIndex
    // Where the last string of the outermost object lies, which is a name as soon as a colon follows.
    var text = nameOfLongest
    var name = nameOfLongest
    var open: [Level] = []
    var inString = false
    var escaped = false

    for (index, byte) in zip(json.indices, json) {
      if inString {
        if escaped {
          escaped = false
        } else if byte == UInt8(ascii: "\\") {
          escaped = true
        } else if byte == UInt8(ascii: "\"") {
          inString = false
          if open.count == 1 { text = text.lowerBound..<index }
        }
        continue
      }
      // Whatever it is, the innermost list or object holds something.
      let isSpace = byte == UInt8(ascii: " ") || (9...13).contains(byte)
      let isEnd = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
      if let last = open.indices.last, !isSpace, !isEnd {
        if open[last].items == 0 { open[last].items = 1 }
        if byte == UInt8(ascii: ",") { open[last].items += 1 }
        if open[last].isList, open[last].items > longestList {
          longestList = open[last].items
          nameOfLongest = name
        }
      }

      switch byte {
      case UInt8(ascii: "\""):
        inString = true
        if open.count == 1 { text = index + 1..<index + 1 }
      case UInt8(ascii: ":"):
        keys += 1
        if open.count == 1 { name = text }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(Level(isList: byte == UInt8(ascii: "[")))
        depth = max(depth, open.count)
        if depth == Self.maximumDepth { return }
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
      default: break
      }
    }
  }
}
