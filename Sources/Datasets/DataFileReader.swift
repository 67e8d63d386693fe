import Crypto
import Foundation

/// The contents of a data file, plain or gzip, handed out from front to back and hashed on the way.
///
/// Whether a file is gzip is read from its first bytes, not from its name. Nothing is allocated on the word
/// of a file: what is stored bounds what is read, and `possibleByteCount` bounds what a header may promise.
final class DataFileReader {
  /// The largest file that is read, as stored.
  static let largestFile = 2 << 30
  /// How much deflate can shrink: 1032 to 1 (zlib technical details), with the ends rounded up.
  private static let deflateLimit = 1_032

  let path: String
  /// Whether the file is stored as gzip.
  let isCompressed: Bool
  private let stored: UnsafeMutableBufferPointer<UInt8>
  private let inflater: GzipInflater?
  private var position = 0
  private var hash = SHA256()

  /// The number of bytes handed out.
  private(set) var byteCount = 0

  /// Reads the file.
  ///
  /// - Throws: `DatasetError`: `missing`, `io`, or `malformed` if it is no regular file or absurdly large.
  init(path: String) throws(DatasetError) {
    self.path = path
    stored = try Self.readStored(path)
    isCompressed = stored.count >= 2 && stored[0] == 0x1f && stored[1] == 0x8b
    guard isCompressed else {
      inflater = nil
      return
    }
    do {
      inflater = try GzipInflater(stored)
    } catch {
      throw DatasetError(.io, path: path, "cannot be decompressed: \(error)")
    }
  }

  deinit {
    stored.deallocate()
  }

  /// An upper bound of the bytes that are still to come.
  var possibleByteCount: Int {
    isCompressed ? stored.count * Self.deflateLimit - byteCount : stored.count - position
  }

  /// The SHA-256 of the file as stored.
  var storedSHA256: String { SHA256.hash(data: UnsafeRawBufferPointer(stored)).hexadecimal }

  /// The SHA-256 of the contents handed out so far.
  var sha256: String { hash.finalize().hexadecimal }

  /// The next `count` bytes, or fewer at the end of the contents.
  ///
  /// - Throws: `DatasetError` of kind `malformed` if the gzip stream is damaged or cut short.
  func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(count, max(possibleByteCount, 0)))
    let filled = try bytes.withUnsafeMutableBufferPointer { buffer throws(DatasetError) in
      try fill(buffer)
    }
    bytes.removeLast(bytes.count - filled)
    bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    byteCount += filled
    return bytes
  }

  /// The next `limit` bytes, or fewer at the end of the contents.
  ///
  /// Memory grows with what is really there: a small gzip file may promise a thousand times its size.
  func readAll(upTo limit: Int) throws(DatasetError) -> [UInt8] {
    var contents: [UInt8] = []
    while contents.count < limit {
      let chunk = try read(min(16 << 20, limit - contents.count))
      if chunk.isEmpty { break }
      contents += chunk
    }
    return contents
  }

  /// Makes sure that nothing follows.
  ///
  /// - Throws: `DatasetError` of kind `malformed` if the contents or the stored file go on.
  func finish() throws(DatasetError) {
    let expected = byteCount
    var excess = 0
    if let inflater {
      var byte: UInt8 = 0
      let filled = try withUnsafeMutablePointer(to: &byte) { pointer throws(DatasetError) in
        try inflate(inflater, into: UnsafeMutableBufferPointer(start: pointer, count: 1))
      }
      guard filled == 0 else {
        throw DatasetError(
          .malformed, path: path,
          "goes on after the \(expected) bytes that belong to it; fetch the file again")
      }
      excess = inflater.unusedByteCount
    } else {
      excess = stored.count - position
    }
    guard excess == 0 else {
      let what = isCompressed ? "the end of its gzip stream" : "the \(expected) bytes that belong to it"
      throw DatasetError(
        .malformed, path: path, "has \(excess) trailing bytes after \(what); fetch the file again")
    }
  }

  private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) -> Int {
    if let inflater { return try inflate(inflater, into: buffer) }
    let source = UnsafeMutableBufferPointer(rebasing: stored[position..<position + buffer.count])
    _ = buffer.update(from: source)
    position += buffer.count
    return buffer.count
  }

  private func inflate(
    _ inflater: GzipInflater, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) -> Int {
    do {
      return try inflater.read(into: buffer)
    } catch {
      switch error {
      case .truncated:
        throw DatasetError(
          .malformed, path: path,
          "is cut short: its gzip stream does not end within the \(stored.count) bytes of the file; fetch it again"
        )
      case .corrupt(let words):
        throw DatasetError(
          .malformed, path: path, "is damaged: its gzip stream is invalid (\(words)); fetch it again")
      }
    }
  }
}

extension DataFileReader {
  /// Reads all bytes of a regular file into memory that the caller frees.
  private static func readStored(_ path: String) throws(DatasetError) -> UnsafeMutableBufferPointer<UInt8> {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR {
        throw DatasetError(.missing, path: path, "there is no such file")
      }
      throw systemError("cannot be looked at", path, code)
    }
    // A pipe or a device would block or never end.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(.malformed, path: path, "is not a regular file")
    }
    let size = Int(status.st_size)
    guard size <= largestFile else {
      throw DatasetError(
        .malformed, path: path, "has \(size) bytes; data files have at most \(largestFile)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("cannot be opened", path, errno) }
    defer { close(descriptor) }

    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
    var filled = 0
    while filled < size {
      let count = Foundation.read(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        buffer.deallocate()
        if count == 0 { throw DatasetError(.io, path: path, "became shorter while it was read") }
        throw systemError("cannot be read", path, code)
      }
      filled += count
    }
    return buffer
  }
}

/// An error of the operating system, in its own words.
func systemError(_ what: String, _ path: String, _ code: Int32) -> DatasetError {
  DatasetError(.io, path: path, "\(what): \(String(cString: strerror(code)))")
}
