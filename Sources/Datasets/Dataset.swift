/// A data set: its two splits, and where they came from.
public struct Dataset: Sendable {
  /// The name in the catalog, such as `mnist`.
  public let name: String
  /// The training split, before any validation samples are held out.
  public let train: LabeledImages
  /// The test split.
  public let test: LabeledImages
  /// Where the data came from, in words.
  public let source: String
  /// The files that were read, with their checksums; empty for generated data.
  public let files: [DataFileRecord]
  /// The names of published files that were not there; data sets of several batches load without some of them.
  public let missingFiles: [String]

  /// Creates a data set from its splits.
  ///
  /// - Precondition: both splits have the same image shape and classes.
  public init(
    name: String, train: LabeledImages, test: LabeledImages, source: String, files: [DataFileRecord],
    missingFiles: [String] = []
  ) {
    precondition(train.imageShape == test.imageShape, "\(name): the splits differ in shape")
    precondition(train.classes == test.classes, "\(name): the splits differ in classes")
    self.name = name
    self.train = train
    self.test = test
    self.source = source
    self.files = files
    self.missingFiles = missingFiles
  }

  /// What a reader of results should know: files that are not the published ones, and those that are not there.
  public var warnings: [String] {
    let different: [String] = files.compactMap { file in
      guard file.verdict == .differs else { return nil }
      return """
        \(file.path) is not the published \(name) file: SHA-256 of the contents \(file.sha256), published \
        \(file.expected ?? "none"); results do not compare with the literature
        """
    }
    guard !missingFiles.isEmpty else { return different }
    return different + [
      """
      \(name) lacks \(missingFiles.joined(separator: ", ")) (\(source)); results do not compare with the literature
      """
    ]
  }

  /// Both splits with the given classes only, labelled by their place in the list.
  ///
  /// - Throws: `DatasetError` of kind `usage`, as `LabeledImages.selecting(classes:)` does.
  public func selecting(classes: [Int]) throws(DatasetError) -> Dataset {
    Dataset(
      name: name, train: try train.selecting(classes: classes), test: try test.selecting(classes: classes),
      source: source, files: files, missingFiles: missingFiles)
  }
}
