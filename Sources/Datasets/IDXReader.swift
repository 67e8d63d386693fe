/// Reads IDX files, the format of MNIST (LeCun, Cortes, Burges: "The MNIST database", file formats).
///
/// A file is a big-endian magic number 0x000008DD (08: unsigned bytes, DD: the number of extents), DD extents
/// of 32 bits, and the bytes in C order.
package enum IDXReader {
  /// The longest side of an image that is taken for one.
  static let largestSide = 4_096
  /// The largest number of samples.
  static let largestCount = 100_000_000

  /// Reads an image file (magic number 2051) and its label file (2049).
  ///
  /// - Throws: `DatasetError` that names the file and what is wrong with it.
  package static func read(
    name: String, images imagePath: String, labels labelPath: String, classCount: Int
  ) throws(DatasetError) -> SplitFiles {
    let imageFile = try DataFileReader(path: imagePath)
    let extents = try readHeader(imageFile, extentCount: 3, kind: "images")
    let pixels = try readBody(imageFile, extents: extents)
    let labelFile = try DataFileReader(path: labelPath)
    let labelExtents = try readHeader(labelFile, extentCount: 1, kind: "labels")
    let labels = try readBody(labelFile, extents: labelExtents)

    guard extents[0] == labels.count else {
      throw DatasetError(
        .malformed, path: labelPath,
        """
        has \(labels.count) labels for the \(extents[0]) images of \(imagePath); the two files do not belong \
        together
        """)
    }
    try check(labels, below: classCount, path: labelPath)
    return SplitFiles(
      images: LabeledImages(
        name: name, channels: 1, height: extents[1], width: extents[2], classCount: classCount,
        pixels: pixels, labels: labels),
      files: [DataFileReport(imageFile), DataFileReport(labelFile)])
  }

  private static func readHeader(
    _ file: DataFileReader, extentCount: Int, kind: String
  ) throws(DatasetError) -> [Int] {
    let length = 4 + 4 * extentCount
    let header = try file.read(length)
    let expected = 0x800 + extentCount
    let magic = header.count >= 4 ? word(header, at: 0) : nil
    if let magic, magic != expected {
      throw DatasetError(
        .malformed, path: file.path,
        """
        is not an IDX file of \(kind): its magic number is \(hexadecimal(magic)), expected \
        \(hexadecimal(expected))
        """)
    }
    guard header.count == length else {
      throw DatasetError(
        .malformed, path: file.path,
        "is cut short: \(header.count) bytes, and the header of an IDX file of \(kind) alone has \(length)")
    }
    let extents = (0..<extentCount).map { word(header, at: 4 + 4 * $0) }
    let isPlausible =
      extents.allSatisfy { $0 > 0 } && extents[0] <= largestCount
      && extents.dropFirst().allSatisfy { $0 <= largestSide }
    guard isPlausible else {
      throw DatasetError(
        .malformed, path: file.path,
        """
        its header promises \(extents.map(String.init).joined(separator: " x ")) \(kind == "images" ? "pixels" : kind); \
        expected 1...\(largestCount) samples\(kind == "images" ? " of 1...\(largestSide) a side" : "")
        """)
    }
    return extents
  }

  private static func readBody(_ file: DataFileReader, extents: [Int]) throws(DatasetError) -> [UInt8] {
    // At most 10^8 x 2^24: no overflow.
    let promised = extents.reduce(1, *)
    let possible = file.possibleByteCount
    guard promised <= possible else {
      let bound = file.isCompressed ? "can hold at most" : "holds"
      throw DatasetError(
        .malformed, path: file.path,
        """
        is cut short, or its header is damaged: it promises \(extents.map(String.init).joined(separator: " x ")) = \
        \(promised) bytes, and the file \(bound) \(possible); fetch it again
        """)
    }
    let body = try file.readAll(upTo: promised)
    guard body.count == promised else {
      throw DatasetError(
        .malformed, path: file.path,
        "is cut short: its header promises \(promised) bytes and \(body.count) follow; fetch it again")
    }
    try file.finish()
    return body
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func hexadecimal(_ number: Int) -> String { "0x" + String(number, radix: 16) }
}

/// Refuses labels that are not below the number of classes.
func check(_ labels: [UInt8], below classCount: Int, path: String) throws(DatasetError) {
  guard let position = labels.firstIndex(where: { $0 >= classCount }) else { return }
  throw DatasetError(
    .malformed, path: path,
    "label \(position) is \(labels[position]); expected 0...\(classCount - 1)")
}
