internal import Glibc

/// Has a crash name its rank and host before the process ends.
///
/// The system, the launcher or the Swift runtime may say what happened, but not always where: a job of many hosts
/// needs to know which of them to look at. The messages are made beforehand, since a signal handler may do no more
/// than write them. Whoever handled the signal before gets it afterwards.
enum CrashReport {
  private static let causes: [(signal: Int32, text: String)] = [
    (SIGILL, "a check failed or memory ran out"), (SIGTRAP, "a check failed or memory ran out"),
    (SIGABRT, "the program was aborted, perhaps for want of memory"),
    (SIGBUS, "memory or a file that was mapped is gone"), (SIGSEGV, "memory that is not there was used"),
    (SIGFPE, "an arithmetic error"),
  ]

  /// Adds the message to what happens at a crash.
  ///
  /// - Parameter place: what a message of this rank begins with.
  static func install(place: String) {
    for (number, text) in causes {
      let entry = crashEntries + Int(number)
      // For as long as the process lives.
      entry.pointee.message = UnsafePointer(
        strdup("holdfast: \(place)crashed with signal \(number): \(text)\n"))
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let entry = crashEntries + Int(number)
        if let message = entry.pointee.message { _ = write(STDERR_FILENO, message, strlen(message)) }
        sigaction(number, &entry.pointee.previous, nil)
        // Delivered when this handler returns, unless the fault itself comes again first.
        raise(number)
      }
      sigaction(number, &action, &entry.pointee.previous)
    }
  }

  fileprivate struct Entry {
    var message: UnsafePointer<CChar>?
    var previous = sigaction()
  }
}

/// An entry for each signal, written before its handler is installed and never afterwards.
nonisolated(unsafe) private let crashEntries: UnsafeMutablePointer<CrashReport.Entry> = {
  let entries = UnsafeMutablePointer<CrashReport.Entry>.allocate(capacity: 32)
  entries.initialize(repeating: CrashReport.Entry(), count: 32)
  return entries
}()
