/// Sound files of the IDX format, plain and gzip, to start from.
enum IDXBytes {
  static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  static func images(count: Int, height: Int = 2, width: Int = 3) -> [UInt8] {
    [0x803, count, height, width].flatMap(word) + (0..<count * height * width).map { UInt8($0 % 251) }
  }

  static func labels(count: Int) -> [UInt8] {
    [0x801, count].flatMap(word) + (0..<count).map { UInt8($0 % 10) }
  }

  /// The big-endian number at an offset.
  static func number(_ bytes: [UInt8], at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  /// A gzip member (RFC 1952) with stored blocks (RFC 1951, section 3.2.4), so that damage goes inside intact.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var result = gzipMagic + [8, 0, 0, 0, 0, 0, 0, 255]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(65_535)
      rest = rest.dropFirst(block.count)
      let length = UInt16(block.count)
      result.append(rest.isEmpty ? 1 : 0)
      for number in [length, ~length] {
        result += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      result += block
    } while !rest.isEmpty
    return result + word(Int(checksum(bytes))).reversed() + word(bytes.count).reversed()
  }

  /// `images(count: 3)` as `gzip -9` packs it, with Huffman codes.
  static let deflatedImages: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60, 0xe0, 0x60, 0x66, 0x60,
    0x60, 0x00, 0x61, 0x26, 0x30, 0xcd, 0xc8, 0xc4, 0xcc, 0xc2, 0xca, 0xc6, 0xce, 0xc1, 0xc9, 0xc5,
    0xcd, 0xc3, 0xcb, 0xc7, 0x2f, 0x20, 0x08, 0x00, 0x46, 0xa9, 0xf7, 0xf7, 0x22, 0x00, 0x00, 0x00,
  ]

  private static func word(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
  }
}
