import Foundation
import Synchronization

/// The last line on a terminal, which is written anew in place.
package final class StatusLine: Sendable {
  /// Whether there is a terminal that somebody looks at.
  package let isOnTerminal: Bool
  private let isShown = Mutex(false)

  /// Takes standard error for a terminal where it is one, and nothing speaks against it.
  package init() {
    isOnTerminal = Self.isInteractive(
      isTerminal: isatty(STDERR_FILENO) == 1, ProcessInfo.processInfo.environment)
  }

  /// Whether a line can be replaced by another.
  ///
  /// `HOLDFAST_PROGRESS` says so where it is set: `terminal`, by launchers whose own standard error is one while the
  /// ranks' is a pipe to them, or `lines`. Otherwise jobs of schedulers, whose terminals nobody may look at, and
  /// terminals without control characters get lines as any other.
  package static func isInteractive(isTerminal: Bool, _ environment: [String: String]) -> Bool {
    switch environment["HOLDFAST_PROGRESS"] {
    case "terminal": return true
    case "lines": return false
    default: break
    }
    let schedulers = ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "KUBERNETES_SERVICE_HOST", "CI"]
    return isTerminal && environment["TERM"] != "dumb" && !schedulers.contains { environment[$0] != nil }
  }

  /// Shows a line in place of the one before.
  package func show(_ text: String) {
    isShown.withLock { isShown in
      // Cut to the screen: a line that wraps would stay.
      write("\r\u{1B}[K" + text.prefix(Self.columns - 1))
      isShown = true
    }
  }

  /// Removes the line.
  package func clear() {
    isShown.withLock { isShown in
      if isShown { write("\r\u{1B}[K") }
      isShown = false
    }
  }

  /// The width of the screen: the terminal's own, or what a launcher says of it.
  private static var columns: Int {
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 { return Int(size.ws_col) }
    let told = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 0
    return told > 1 ? told : 80
  }

  private func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
