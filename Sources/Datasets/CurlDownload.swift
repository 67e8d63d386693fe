import Foundation

/// One transfer by the program `curl`.
///
/// A child process rather than FoundationNetworking, which would load libcurl and some twenty libraries behind
/// it into every rank of every run, for the sake of one command.
struct CurlDownload {
  enum Outcome: Equatable {
    case complete
    /// The server has nothing beyond what is already here (HTTP 416).
    case nothingFurther
    /// The server cannot continue a download.
    case cannotResume
    /// The server refused: HTTP status of 400 or more.
    case refused(status: Int)
    /// The connection failed or broke; another try may go further.
    case interrupted(String)
    /// Another try would fail in the same way.
    case failed(String)
  }

  /// The largest file that is downloaded; the largest known one has 170 MB.
  static let largestFile = 1 << 30

  let environment: [String: String]

  /// Downloads `url` to `path`, continuing behind what `path` already holds.
  ///
  /// - Throws: `DatasetError` of kind `missing` if there is no curl, `io` if it cannot be started.
  func run(_ url: String, to path: String) throws(DatasetError) -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "curl", "--fail", "--silent", "--show-error", "--location", "--max-redirs", "5",
      "--proto", "=https,http", "--connect-timeout", "20", "--speed-limit", "1000", "--speed-time", "30",
      "--max-filesize", String(Self.largestFile), "--continue-at", "-", "--output", path,
      "--write-out", "%{http_code}", "--url", url,
    ]
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw DatasetError(.io, "curl cannot be started: \(error)")
    }
    // Both are a line at most, far below what a pipe holds: reading one after the other cannot block.
    let status = Int(Self.text(output)) ?? 0
    let words = Self.text(errors)
    process.waitUntilExit()
    guard process.terminationReason == .exit else {
      return .failed("curl was ended by signal \(process.terminationStatus)")
    }
    return try Self.outcome(exitCode: process.terminationStatus, status: status, words: words, path: path)
  }

  /// Reads curl's exit code (curl(1), EXIT CODES).
  private static func outcome(
    exitCode: Int32, status: Int, words: String, path: String
  ) throws(DatasetError) -> Outcome {
    switch exitCode {
    case 0: return .complete
    case 126, 127:
      throw DatasetError(
        .missing, "downloading takes the program curl, which is not there (\(words)); apt-get install curl")
    case 22: return status == 416 ? .nothingFurther : .refused(status: status)
    case 33: return .cannotResume
    case 23:
      throw DatasetError(.io, path: path, "cannot be written (\(words)); is the disk full or read-only?")
    // Cannot resolve, cannot connect, cut short, timed out, handshake, empty reply, send, receive, HTTP/2.
    case 5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92: return .interrupted(words)
    default: return .failed(words)
    }
  }

  private static func text(_ pipe: Pipe) -> String {
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
