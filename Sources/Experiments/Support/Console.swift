import Foundation
import Logging
import Synchronization

/// What the program says: results on standard output, everything else on standard error, both from rank 0 only.
public struct Console: Sendable {
  /// Whether this rank prints.
  let isSpeaker: Bool
  private let logger: Logger
  private let status = StatusLine()

  /// Creates the console of a rank.
  ///
  /// - Parameter isSpeaker: Whether this rank prints; true on rank 0.
  public init(isSpeaker: Bool) {
    self.isSpeaker = isSpeaker
    let status = status
    logger = Logger(label: "holdfast") { _ -> any LogHandler in
      if isSpeaker { StandardErrorHandler(status: status) } else { SwiftLogNoOpLogHandler() }
    }
  }

  /// Whether somebody looks at a line that can be replaced.
  var hasTerminal: Bool { status.isOnTerminal }

  /// How long something may go on until it says how far it is.
  var progressInterval: Duration { hasTerminal ? .milliseconds(200) : .seconds(30) }

  /// How far something is: a line that the next one replaces, or on no terminal a line as any other.
  func show(_ text: String) {
    guard isSpeaker else { return }
    if status.isOnTerminal { status.show("holdfast: \(text)") } else { note(text) }
  }

  /// Removes the line that was shown last.
  func clearStatus() {
    if isSpeaker { status.clear() }
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
  let status: StatusLine
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let mark = event.level >= .warning ? "\(event.level): " : ""
    status.clear()
    // A closed standard error is no reason to stop a run.
    try? FileHandle.standardError.write(contentsOf: Data("holdfast: \(mark)\(event.message)\n".utf8))
  }
}
