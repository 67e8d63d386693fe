import Checkpoints
import Foundation

/// Reading and writing the JSON files of a run directory.
public enum ReportFile {
  /// Writes a JSON file for people and programs, atomically: indented, keys sorted.
  ///
  /// - Throws: `FileError` if the system refuses; `EncodingError` from the value's own encoding.
  public static func write(_ value: some Encodable, to path: String) throws {
    let encoder = JSONValue.encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    try FileSystem.makeFolder(FileSystem.folder(of: path))
    try AtomicFile.write(encoder.encode(value) + [UInt8(ascii: "\n")], to: path)
  }

  /// Reads a JSON file.
  ///
  /// - Throws: `ReportError.unreadable` if it is of another kind; `FileError` if it cannot be read.
  public static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    let data = try FileSystem.read(path)
    do {
      return try JSONValue.decoder().decode(type, from: data)
    } catch {
      throw ReportError.unreadable(path: path, reason: "\(error)")
    }
  }

  /// Writes a `.jsonl` file, one JSON object a line, atomically.
  static func writeLines(_ values: [some Encodable], to path: String) throws {
    var data = Data()
    for value in values { data.append(try line(value)) }
    try AtomicFile.write(data, to: path)
  }

  /// A line of a `.jsonl` file.
  static func line(_ value: some Encodable) throws -> Data {
    try JSONValue.encoder().encode(value) + [UInt8(ascii: "\n")]
  }
}
