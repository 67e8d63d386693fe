package import Foundation

/// The few POSIX file operations durable writing needs, each with its error checked.
///
/// Foundation's own file functions neither fsync nor report the result of close, and a network file system may
/// report a lost write only there.
package enum FileSystem {
  /// Reads a whole regular file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - limit: The most bytes that are taken for sensible; a file of zeros that takes no room on the disk may
  ///     claim any size.
  /// - Throws: `FileError`, with `EFBIG` for a file beyond the limit and `ENOMEM` for one beyond memory.
  package static func read(_ path: String, upTo limit: Int = .max) throws(FileError) -> Data {
    // Without O_NONBLOCK a pipe under the name of a file would wait for somebody to write.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("inspect", path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw FileError("read", path, code: EISDIR) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError("read, as it is no regular file,", path, code: EINVAL)
    }
    let size = Int(status.st_size)
    guard size <= limit else { throw FileError("read", path, code: EFBIG) }
    guard size > 0 else { return Data() }

    // Data would trap where there is no memory.
    guard let bytes = malloc(size) else { throw FileError("read", path, code: ENOMEM) }
    var filled = 0
    while filled < size {
      let count = Foundation.read(descriptor, bytes + filled, size - filled)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        let error = FileError("read", path)
        free(bytes)
        throw error
      }
      if count == 0 { break }
      filled += count
    }
    return Data(bytesNoCopy: bytes, count: filled, deallocator: .free)
  }

  /// Writes a file that must not exist yet and forces its contents to the disk.
  package static func writeNew(_ data: Data, to path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", path) }
    do throws(FileError) {
      try write(data, to: descriptor) { FileError("write", path, code: $0) }
      guard fsync(descriptor) == 0 else { throw FileError("fsync", path) }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw FileError("close", path) }
  }

  /// Adds to a file that is open for appending, in a single write(2) unless the system takes only a part at a time.
  ///
  /// - Throws: `FileError`; the file may then hold the beginning of the data.
  package static func append(_ data: Data, to descriptor: Int32, path: String) throws(FileError) {
    try write(data, to: descriptor) { FileError("append to", path, code: $0) }
  }

  private static func write(
    _ data: Data, to descriptor: Int32, failure: (Int32) -> FileError
  ) throws(FileError) {
    var written = 0
    while written < data.count {
      let count = data.withUnsafeBytes { bytes in
        Foundation.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure(count == 0 ? EIO : errno) }
      written += count
    }
  }

  /// Forces a folder's entries to the disk, which is what makes a rename in it survive a power loss.
  package static func synchronizeFolder(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open folder", path) }
    defer { close(descriptor) }
    // Some file systems cannot fsync a folder and say so with EINVAL; there is nothing better to do there.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError("fsync folder", path) }
  }

  package static func rename(_ source: String, to target: String) throws(FileError) {
    guard Foundation.rename(source, target) == 0 else { throw FileError("rename \(source) to", target) }
  }

  /// Creates a folder and the missing ones above it.
  package static func makeFolder(_ path: String) throws(FileError) {
    if isFolder(path) { return }
    let parent = folder(of: path)
    if parent != path { try makeFolder(parent) }
    guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isFolder(path)) else {
      throw FileError("create folder", path)
    }
    try synchronizeFolder(parent)
  }

  /// The names in a folder, sorted; hidden ones are included.
  package static func names(in path: String) throws(FileError) -> [String] {
    guard let stream = opendir(path) else { throw FileError("open folder", path) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw FileError("list", path) }
    return names.sorted()
  }

  /// Removes a file, a symbolic link (not what it points to) or a folder with all its contents.
  package static func removeTree(_ path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("inspect", path) }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in try names(in: path) { try removeTree(path + "/" + name) }
      guard rmdir(path) == 0 else { throw FileError("remove", path) }
    } else {
      guard unlink(path) == 0 else { throw FileError("remove", path) }
    }
  }

  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder a path lies in: `.` for a bare name.
  package static func folder(of path: String) -> String {
    // Not Foundation's `deletingLastPathComponent`, which traps on a name of one character.
    let slash = UInt8(ascii: "/")
    var bytes = path.utf8[...]
    func dropSlashes() { while bytes.count > 1, bytes.last == slash { bytes.removeLast() } }
    dropSlashes()
    guard let end = bytes.lastIndex(of: slash) else { return "." }
    bytes = bytes[...end]
    dropSlashes()
    return String(bytes) ?? path
  }
}
