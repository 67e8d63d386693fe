import CZlib

/// Decompresses one gzip member (RFC 1952) that lies in memory, piece by piece, with zlib.
///
/// The caller owns the input and keeps it in place. zlib checks the member's CRC-32 and length at its end.
final class GzipInflater {
  enum Failure: Error {
    /// The input ends before the member does.
    case truncated
    /// zlib found the input to be no valid gzip, in its words.
    case corrupt(String)
  }

  // zlib's state points back at the stream, which therefore may never move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isAtEnd = false

  init(_ input: UnsafeMutableBufferPointer<UInt8>) throws(Failure) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = cz_inflate_init_gzip(stream)
    guard status == Z_OK else {
      throw .corrupt("zlib cannot start (inflateInit2: \(status))")
    }
    stream.pointee.next_in = input.baseAddress
    stream.pointee.avail_in = UInt32(input.count)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The bytes of input that no read has needed so far.
  var unusedByteCount: Int { Int(stream.pointee.avail_in) }

  /// Fills `buffer` and returns how much of it; less than all of it only at the end of the member.
  func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
    var filled = 0
    while filled < buffer.count, !isAtEnd {
      let room = min(buffer.count - filled, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: filled)
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      filled += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_OK: continue
      case Z_STREAM_END: isAtEnd = true
      case Z_BUF_ERROR: throw .truncated
      default:
        let words = stream.pointee.msg.map { String(cString: $0) } ?? "code \(status)"
        throw .corrupt(words)
      }
    }
    return filled
  }
}
