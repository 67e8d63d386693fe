import Crypto
import Datasets

/// Bytes of data files, written independently of the code that reads them.
enum FileFixtures {
  static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  static func images(count: Int, height: Int = 2, width: Int = 3) -> [UInt8] {
    bigEndian(2_051) + [count, height, width].flatMap { bigEndian(UInt32($0)) }
      + (0..<count * height * width).map { UInt8($0 % 251) }
  }

  static func labels(_ labels: [UInt8]) -> [UInt8] {
    bigEndian(2_049) + bigEndian(UInt32(labels.count)) + labels
  }

  static func cifar(_ labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in [label] + (0..<3_072).map { UInt8(($0 + Int(label)) % 256) } }
  }

  static func cifar100(_ labels: [(coarse: UInt8, fine: UInt8)]) -> [UInt8] {
    labels.flatMap { label in
      [label.coarse, label.fine] + (0..<3_072).map { UInt8(($0 + Int(label.fine)) % 256) }
    }
  }

  /// A gzip member (RFC 1952) with stored blocks (RFC 1951, section 3.2.4).
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
      let end = min(start + 65_535, bytes.count)
      let length = UInt16(end - start)
      result.append(end == bytes.count ? 1 : 0)
      for number in [length, ~length] {
        result += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
      }
      result += bytes[start..<end]
      start = end
    } while start < bytes.count
    return result + bigEndian(crc32(bytes)).reversed() + bigEndian(UInt32(bytes.count)).reversed()
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
  }

  /// A ustar archive.
  static func tar(_ files: [(name: String, contents: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    for file in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at offset: Int) {
        for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
      }
      let size = String(file.contents.count, radix: 8)
      put(file.name, at: 0)
      put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
      put("        ", at: 148)
      put(file.name.hasSuffix("/") ? "5" : "0", at: 156)
      put("ustar", at: 257)
      let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148)
      archive += header + file.contents
      archive += [UInt8](repeating: 0, count: (512 - file.contents.count % 512) % 512)
    }
    return archive + [UInt8](repeating: 0, count: 1_024)
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}

/// The error that `body` throws, or nil.
func datasetError(_ body: () throws -> Void) throws -> DatasetError? {
  do {
    try body()
    return nil
  } catch let error as DatasetError {
    return error
  }
}
