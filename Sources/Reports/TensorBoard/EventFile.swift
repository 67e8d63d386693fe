import Checkpoints
public import Foundation
import Synchronization

/// A file that TensorBoard reads: one event after the other, written by rank 0 while a run goes on.
///
/// Every event is a TFRecord (its length, the length's checksum, the event, the event's checksum; TensorFlow,
/// `core/lib/io/record_writer.cc`) and goes out in a single write(2), so that TensorBoard, which follows the file, never
/// waits for the rest of one. Every start of a run, resumed ones included, has a file of its own, which TensorBoard reads
/// in the order of their names: a file that a kill tore stays as it is.
public final class EventFile: Sendable {
  /// The file.
  public let path: String
  private let now: @Sendable () -> Date
  private let descriptor: Int32
  private let lock = Mutex(())

  /// Creates a file in a folder, which is made where it is missing.
  ///
  /// - Parameters:
  ///   - folder: The folder of a run's event files.
  ///   - resumedStep: The step that a run goes on behind, which supersedes later ones in earlier files; nil for a run
  ///     that begins.
  ///   - now: The clock that events are stamped by.
  /// - Throws: `FileError` if the system refuses.
  public init(
    in folder: String, resumedStep: Int? = nil, now: @escaping @Sendable () -> Date = { Date() }
  ) throws {
    try FileSystem.makeFolder(folder)
    let start = now()
    let base = "\(folder)/events.out.tfevents.\(Self.padded(Int(start.timeIntervalSince1970)))"
    let host = ProcessInfo.processInfo.hostName
    var number = 0
    var (path, descriptor) = ("", Int32(-1))
    repeat {
      // What begins within the same second comes later in the order of names too.
      path = "\(base).\(Self.padded(number, 3)).\(host)"
      descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      number += 1
    } while descriptor < 0 && errno == EEXIST && number < 1000
    guard descriptor >= 0 else { throw FileError("create", path) }
    self.path = path
    self.descriptor = descriptor
    self.now = now
    try append(.fileVersion(at: start))
    if let resumedStep { try append(.sessionStart(step: resumedStep + 1, at: start)) }
  }

  deinit {
    close(descriptor)
  }

  /// Adds values that belong to a step.
  ///
  /// - Throws: `FileError` if the system refuses or takes only a part of them.
  public func append(_ values: [SummaryValue], step: Int) throws {
    guard !values.isEmpty else { return }
    try append(.summary(values, step: step, at: now()))
  }

  private func append(_ event: TensorBoardEvent) throws {
    let record = Self.record(event.message.bytes)
    try lock.withLock { _ in try FileSystem.append(record, to: descriptor, path: path) }
  }

  /// The bytes of a TFRecord.
  package static func record(_ data: Data) -> Data {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data + littleEndian(CRC32C.masked(data))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static func padded(_ number: Int, _ width: Int = 10) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }
}
