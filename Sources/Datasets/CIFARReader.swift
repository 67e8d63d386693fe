/// Reads the binary versions of CIFAR-10 and CIFAR-100 (Krizhevsky, "The CIFAR-10 dataset", binary version).
///
/// A record is a label, or with CIFAR-100 a coarse and a fine one, of a byte each, and 3,072 pixels in C,H,W order:
/// 32 rows of red, then green, then blue. A file holds any whole number of records. Of two labels the fine one is
/// what is learned; the coarse one, which follows from it, is checked only.
package enum CIFARReader {
  /// Reads `paths` as one split, in that order.
  ///
  /// - Throws: `DatasetError` that names the file and what is wrong with it.
  package static func read(
    _ format: CIFARFormat = .cifar10, name: String, paths: [String]
  ) throws(DatasetError) -> SplitFiles {
    let recordSize = format.recordSize
    let labelSize = format.labelCounts.count
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    var files: [DataFileReport] = []
    for path in paths {
      let file = try DataFileReader(path: path)
      let contents = try file.readAll(upTo: CIFARFormat.largestContents)
      try file.finish()
      guard !contents.isEmpty, contents.count % recordSize == 0 else {
        throw DatasetError(
          .malformed, path: path,
          """
          has \(contents.count) bytes, which is no positive whole number of \(format.title) records of \
          \(recordSize) bytes; the file is cut short or not the binary version
          """)
      }
      let starts = stride(from: 0, to: contents.count, by: recordSize)
      for (offset, count) in format.labelCounts.enumerated() {
        let column = starts.map { contents[$0 + offset] }
        try check(column, below: count, path: path)
        if offset == labelSize - 1 { labels += column }
      }
      for start in starts { pixels += contents[start + labelSize..<start + recordSize] }
      files.append(DataFileReport(file))
    }
    return SplitFiles(
      images: LabeledImages(
        name: name, channels: 3, height: 32, width: 32, classCount: format.classCount, pixels: pixels,
        labels: labels),
      files: files)
  }
}
