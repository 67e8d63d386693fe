import Foundation
import Logging

/// What the program says: results on standard output, everything else on standard error, both from rank 0 only.
public struct Console: Sendable {
  private let logger: Logger
  private let isSpeaker: Bool

  /// Creates the console of a rank.
  ///
  /// - Parameter isSpeaker: Whether this rank prints; true on rank 0.
  public init(isSpeaker: Bool) {
    self.isSpeaker = isSpeaker
    logger = Logger(label: "holdfast") { _ -> any LogHandler in
      if isSpeaker { StandardErrorHandler() } else { SwiftLogNoOpLogHandler() }
    }
  }

  /// Progress, on standard error.
  public func note(_ text: String) {
    logger.info("\(text)")
  }

  /// Something that users should know, on standard error.
  public func warn(_ text: String) {
    logger.warning("\(text)")
  }

  /// A result, on standard output.
  public func print(_ text: String) {
    if isSpeaker { Swift.print(text) }
  }

  /// A result on standard output, as one line of JSON or in words.
  func print(_ report: some Encodable, asJSON isJSON: Bool, text: @autoclosure () -> String) throws {
    if isJSON { try print(json: report) } else { print(text()) }
  }

  /// A result as one line of JSON on standard output.
  public func print(json value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// Writes log lines to standard error, without time stamps: launchers and schedulers add their own.
private struct StandardErrorHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let mark = event.level >= .warning ? "\(event.level): " : ""
    // A closed standard error is no reason to stop a run.
    try? FileHandle.standardError.write(contentsOf: Data("holdfast: \(mark)\(event.message)\n".utf8))
  }
}
