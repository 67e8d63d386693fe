/// Reads the binary version of CIFAR-10 (Krizhevsky, "The CIFAR-10 dataset", binary version).
///
/// A record is a label of one byte and 3,072 pixels in C,H,W order: 32 rows of red, then green, then blue. A
/// file holds any whole number of records.
package enum CIFARReader {
  /// The bytes of a label and an image of 3 x 32 x 32.
  package static let recordSize = 1 + 3 * 32 * 32
  static let classCount = 10
  // Twenty times the published batch.
  static let largestContents = 200_000 * recordSize

  /// Reads `paths` as one split, in that order.
  ///
  /// - Throws: `DatasetError` that names the file and what is wrong with it.
  package static func read(name: String, paths: [String]) throws(DatasetError) -> SplitFiles {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    var files: [DataFileReport] = []
    for path in paths {
      let file = try DataFileReader(path: path)
      let contents = try file.readAll(upTo: largestContents)
      try file.finish()
      guard !contents.isEmpty, contents.count % recordSize == 0 else {
        throw DatasetError(
          .malformed, path: path,
          """
          has \(contents.count) bytes, which is no positive whole number of CIFAR-10 records of \(recordSize) \
          bytes; the file is cut short or not the binary version
          """)
      }
      let batchLabels = stride(from: 0, to: contents.count, by: recordSize).map { contents[$0] }
      try check(batchLabels, below: classCount, path: path)
      for start in stride(from: 0, to: contents.count, by: recordSize) {
        pixels += contents[start + 1..<start + recordSize]
      }
      labels += batchLabels
      files.append(DataFileReport(file))
    }
    return SplitFiles(
      images: LabeledImages(
        name: name, channels: 3, height: 32, width: 32, classCount: classCount, pixels: pixels,
        labels: labels),
      files: files)
  }
}
