import Checkpoints
public import Foundation
import Synchronization

/// The append-only log of a run, `metrics.jsonl`: one JSON object a line, with `event` and `time`.
///
/// Each line goes out in a single write(2) to a descriptor opened for appending, so readers that follow the file
/// never see two lines mixed. A last line that a crash tore stays as it is; the log goes on on a new line.
public final class MetricsLog: Sendable {
  private struct File {
    var descriptor: Int32
    /// Whether the file ends in the middle of a line.
    var isTorn: Bool
  }

  private let path: String
  private let now: @Sendable () -> Date
  private let file: Mutex<File>

  /// Opens the log, or creates it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - now: The clock that lines are stamped by.
  /// - Throws: `FileError` if the system refuses.
  public init(path: String, now: @escaping @Sendable () -> Date = { Date() }) throws {
    let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("open", path) }
    guard let isTorn = Self.isTorn(descriptor) else {
      let error = FileError("read", path)
      close(descriptor)
      throw error
    }
    self.path = path
    self.now = now
    file = Mutex(File(descriptor: descriptor, isTorn: isTorn))
  }

  deinit {
    file.withLock { _ = close($0.descriptor) }
  }

  /// Adds a line.
  ///
  /// Infinities and NaN, which JSON lacks, become the strings `inf`, `-inf` and `nan`.
  ///
  /// - Throws: `FileError` if the system refuses or takes only a part of the line, which stays; `EncodingError` from the
  ///   record's own encoding.
  public func append<Record: MetricsRecord>(_ record: Record) throws {
    let line = try ReportFile.line(Line(time: timeStamp(now()), record: record))
    try file.withLock { file in
      let bytes = file.isTorn ? [UInt8(ascii: "\n")] + line : line
      do {
        try FileSystem.append(bytes, to: file.descriptor, path: path)
        file.isTorn = false
      } catch {
        file.isTorn = Self.isTorn(file.descriptor) ?? true
        throw error
      }
    }
  }

  /// Whether a file ends in the middle of a line; nil where it cannot be read.
  private static func isTorn(_ descriptor: Int32) -> Bool? {
    var last = UInt8(ascii: "\n")
    let size = lseek(descriptor, 0, SEEK_END)
    guard size <= 0 || pread(descriptor, &last, 1, size - 1) == 1 else { return nil }
    return last != UInt8(ascii: "\n")
  }
}

/// UTC with milliseconds in ISO 8601, the form of every time in a run directory.
func timeStamp(_ date: Date) -> String {
  date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

/// A record with `event` and `time` beside its own keys.
private struct Line<Record: MetricsRecord>: Encodable {
  var time: String
  var record: Record

  private enum CodingKeys: String, CodingKey {
    case event, time
  }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Record.event, forKey: .event)
    try container.encode(time, forKey: .time)
  }
}
