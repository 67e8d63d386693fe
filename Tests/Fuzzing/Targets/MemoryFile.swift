import Foundation

/// A file in memory, for readers that take a path.
///
/// Disks would wear, and slow hundreds of thousands of inputs down.
final class MemoryFile {
  private let descriptor: Int32

  /// Where readers find it.
  var path: String { "/proc/self/fd/\(descriptor)" }

  init(_ bytes: [UInt8]) throws {
    var name = Array("/dev/shm/holdfast-fuzz-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    // The name goes at once, so that nothing stays behind an input that traps.
    guard descriptor >= 0, unlink(name) == 0, write(descriptor, bytes, bytes.count) == bytes.count else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  deinit {
    close(descriptor)
  }
}
