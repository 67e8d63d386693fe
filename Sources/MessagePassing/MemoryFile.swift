internal import COpenMPI
internal import Glibc

/// An anonymous file in memory that other processes of the same user can map while its owner lives.
final class MemoryFile {
  /// Process, descriptor, device and inode: how others find the file, and know that it is the one.
  let identity: [Int]
  /// What stands for a file that could not be made.
  static let noIdentity = [0, 0, 0, 0]

  private let descriptor: CInt

  /// Creates a file of zeros whose memory is reserved, near this process's core.
  init(bytes: Int) throws(SharedMemoryFailure) {
    descriptor = cmpi_memory_file("holdfast")
    guard descriptor >= 0 else { throw .call("memfd_create") }
    var status = stat()
    // Without the reservation a lack of memory would show as a signal at the first write.
    let code = posix_fallocate(descriptor, 0, bytes)
    guard code == 0 else {
      close(descriptor)
      throw .call("reserving \(bytes) bytes of shared memory", code: code)
    }
    guard fstat(descriptor, &status) == 0 else {
      let failure = SharedMemoryFailure.call("fstat")
      close(descriptor)
      throw failure
    }
    identity = [Int(getpid()), Int(descriptor), Int(status.st_dev), Int(status.st_ino)]
  }

  deinit {
    close(descriptor)
  }

  /// Maps the file of another process, or of this one.
  static func map(_ identity: [Int], bytes: Int) throws(SharedMemoryFailure) -> UnsafeMutableRawPointer {
    let path = "/proc/\(identity[0])/fd/\(identity[1])"
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw .call("opening \(path)") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .call("fstat of \(path)") }
    // In another container the same process number is somebody else's.
    guard Int(status.st_dev) == identity[2], Int(status.st_ino) == identity[3] else {
      throw SharedMemoryFailure("\(path) is not the memory of the other rank; do ranks run in containers?")
    }
    guard
      let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED
    else { throw .call("mapping \(path)") }
    return address
  }
}
