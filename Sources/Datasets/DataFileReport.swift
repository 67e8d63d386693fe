/// What reading a file told about it.
package struct DataFileReport: Sendable, Equatable {
  /// Where the file is.
  package let path: String
  /// The number of bytes after decompression.
  package let byteCount: Int
  /// The SHA-256 of the contents.
  package let sha256: String
  /// The SHA-256 of the file as stored, if that is compressed.
  package let storedSHA256: String?

  /// Sums up a file that has been read to its end.
  init(_ file: DataFileReader) {
    path = file.path
    byteCount = file.byteCount
    sha256 = file.sha256
    storedSHA256 = file.isCompressed ? file.storedSHA256 : nil
  }
}

/// One split as read, and the files it was read from.
package struct SplitFiles: Sendable {
  package let images: LabeledImages
  package let files: [DataFileReport]
}
