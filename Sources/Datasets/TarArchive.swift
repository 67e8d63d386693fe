/// Reads regular files out of a tar archive (POSIX.1-1988 ustar: blocks of 512 bytes).
enum TarArchive {
  private static let blockSize = 512

  /// Hands every regular file to `body`: the last component of its name, and its contents.
  ///
  /// Names are never used as paths here, so an archive cannot point outside a folder.
  ///
  /// - Throws: `DatasetError` of kind `malformed`, and what `body` throws.
  static func forEachFile(
    in file: DataFileReader, largestFile: Int,
    _ body: (_ name: String, _ contents: [UInt8]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    while true {
      let header = try file.read(blockSize)
      // Two zero blocks end an archive; whatever pads it to its record size is of no interest.
      if header.isEmpty || header.allSatisfy({ $0 == 0 }) { return }
      guard header.count == blockSize, octal(header[148..<156]) == checksum(header),
        let size = octal(header[124..<136])
      else {
        throw DatasetError(
          .malformed, path: file.path,
          "is no tar archive, or a damaged one: bad header before byte \(file.byteCount)")
      }
      guard size <= largestFile else {
        throw DatasetError(
          .malformed, path: file.path, "holds a file of \(size) bytes; expected at most \(largestFile)")
      }
      let padded = (size + blockSize - 1) / blockSize * blockSize
      let contents = try file.readAll(upTo: padded)
      guard contents.count == padded else {
        throw DatasetError(.malformed, path: file.path, "is cut short; fetch it again")
      }
      let isRegular = header[156] == UInt8(ascii: "0") || header[156] == 0
      if isRegular {
        let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
        try body(String(name.split(separator: "/").last ?? ""), Array(contents[..<size]))
      }
    }
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The sum of the header's bytes with its checksum field read as blanks.
  private static func checksum(_ header: [UInt8]) -> Int {
    header.enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 0x20 : Int(byte.element))
    }
  }
}
