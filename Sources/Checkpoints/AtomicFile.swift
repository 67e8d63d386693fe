public import Foundation

/// Writing a file so that a reader sees the old contents or the new ones, never a part.
///
/// The bytes go to a temporary name in the same folder, are forced to the disk, and take the final name by
/// rename(2), after which the folder is forced to the disk as well: without the two fsyncs a power loss can
/// leave a file of zeros under the final name (ext4, xfs).
public enum AtomicFile {
  /// The beginning of every temporary name, by which leftovers of a killed process are recognised.
  package static let temporaryPrefix = ".tmp-"

  /// Writes `data` to `path`, replacing what is there.
  ///
  /// - Throws: `FileError` with the system's reason; the old file is intact then and no temporary file stays.
  public static func write(_ data: Data, to path: String) throws(FileError) {
    let folder = FileSystem.folder(of: path)
    let temporary = "\(folder)/\(temporaryName(for: (path as NSString).lastPathComponent))"
    do throws(FileError) {
      try FileSystem.writeNew(data, to: temporary)
      try FileSystem.rename(temporary, to: path)
    } catch {
      unlink(temporary)
      // The user knows the final name; the temporary one says nothing to them.
      throw error.path == temporary ? FileError(error.operation, path, code: error.code) : error
    }
    try FileSystem.synchronizeFolder(folder)
  }

  /// Writes text as UTF-8.
  ///
  /// - Throws: `FileError`, as for data.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Data(text.utf8), to: path)
  }

  /// A name nobody else uses, on this machine or another that shares the file system.
  package static func temporaryName(for name: String) -> String {
    "\(temporaryPrefix)\(name)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
  }
}
