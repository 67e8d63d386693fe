/// The cyclic redundancy check CRC-32C (Castagnoli; RFC 3720, appendix B.4), as TensorFlow's record files use it.
package enum CRC32C {
  /// The remainders of all bytes, for the reflected polynomial 0x82F63B78.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in
      remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1
    }
  }

  /// The checksum of some bytes.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var remainder = UInt32.max
    for byte in bytes {
      remainder = table[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ remainder >> 8
    }
    return ~remainder
  }

  /// The checksum as it stands in a record file: rotated and shifted, since the checksum of data that hold their own
  /// checksum is good for nothing (TensorFlow, `core/lib/hash/crc32c.h`).
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }
}
