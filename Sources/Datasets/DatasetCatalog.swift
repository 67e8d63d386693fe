import Foundation

/// Finds and loads data sets by name.
///
/// A folder given by the user is the only place looked at. Otherwise a set is looked for in
/// `$HOLDFAST_DATA/NAME`, then in the folder that `data fetch` fills; the embedded `mnist-5k` also beside the
/// executable and in the build folder.
public struct DatasetCatalog: Sendable {
  let environment: [String: String]
  let executable: String?
  let sourceFolder: String

  /// A catalog that looks where the given environment says; the process's own if there is none.
  public init(environment: [String: String]? = nil) {
    self.init(
      environment: environment ?? ProcessInfo.processInfo.environment,
      executable: Self.executablePath, sourceFolder: Self.folderOfThisFile)
  }

  /// A catalog for tests, which say where the executable and the sources are.
  package init(environment: [String: String], executable: String?, sourceFolder: String) {
    self.environment = environment
    self.executable = executable
    self.sourceFolder = sourceFolder
  }

  /// Loads a data set.
  ///
  /// - Parameters:
  ///   - name: which one.
  ///   - path: the folder that holds its files, or nil to look in the usual places.
  ///   - synthetic: what to generate if `name` is `synthetic`.
  /// - Throws: `DatasetError`: `missing` with the places that were looked at, `malformed` with the file and
  ///   what is wrong with it, `io`, or `usage`.
  public func load(
    _ name: DatasetName, path: String? = nil, synthetic: SyntheticImages = SyntheticImages()
  ) throws(DatasetError) -> Dataset {
    switch name {
    case .synthetic:
      guard path == nil else {
        throw DatasetError(.usage, path: path, "data.path does not apply to synthetic data; leave it out")
      }
      return try synthetic.makeDataset()
    case .mnist5k, .mnist, .fashionMNIST: return try loadIDX(name, path: path)
    case .cifar10: return try loadCIFAR(name, .cifar10, path: path)
    case .cifar100: return try loadCIFAR(name, .cifar100, path: path)
    }
  }

  /// Reads every file of a data set and compares it with the published one.
  ///
  /// - Throws: `DatasetError` if a file that loading needs is missing, or one cannot be read or is malformed. A
  ///   file that is merely not the published one, or could be done without, is reported, not thrown.
  public func verify(_ name: DatasetName, path: String? = nil) throws(DatasetError) -> DatasetVerification {
    let dataset = try load(name, path: path)
    return DatasetVerification(
      name: name.rawValue, files: dataset.files, missingFiles: dataset.missingFiles)
  }

  // MARK: - Formats

  private func loadIDX(_ name: DatasetName, path: String?) throws(DatasetError) -> Dataset {
    let folder = try folder(of: name, path: path)
    let known = name.knownFiles
    var found: [String] = []
    for file in known {
      found.append(try locate(file, of: name, in: folder))
    }
    let train = try IDXReader.read(
      name: "\(name.rawValue) train", images: found[0], labels: found[1], classCount: 10)
    let test = try IDXReader.read(
      name: "\(name.rawValue) test", images: found[2], labels: found[3], classCount: 10)
    guard train.images.imageShape == test.images.imageShape else {
      throw DatasetError(
        .malformed, path: found[2],
        """
        has images of \(test.images.height) x \(test.images.width) pixels, and \(found[0]) has \
        \(train.images.height) x \(train.images.width); the two files do not belong together
        """)
    }
    return Dataset(
      name: name.rawValue, train: train.images, test: test.images, source: "IDX files in \(folder)",
      files: zip(known, train.files + test.files).map { $0.record($1) })
  }

  private func loadCIFAR(
    _ name: DatasetName, _ format: CIFARFormat, path: String?
  ) throws(DatasetError) -> Dataset {
    let folder = try folder(of: name, path: path)
    let known = name.knownFiles
    // Any of the published batches will do, one at least.
    var batches = known.dropLast().compactMap { file in
      existing(file, in: folder).map { (file: file, path: $0) }
    }
    guard !batches.isEmpty, let test = known.last else { throw missing(known[0], of: name, in: folder) }
    let testPath = try locate(test, of: name, in: folder)
    let trainFiles = try CIFARReader.read(
      format, name: "\(name.rawValue) train", paths: batches.map(\.path))
    let testFiles = try CIFARReader.read(format, name: "\(name.rawValue) test", paths: [testPath])
    batches.append((file: test, path: testPath))
    return Dataset(
      name: name.rawValue, train: trainFiles.images, test: testFiles.images,
      source: "\(format.title) binary files in \(folder)",
      files: zip(batches, trainFiles.files + testFiles.files).map { $0.file.record($1) },
      missingFiles: known.map(\.name).filter { name in !batches.contains { $0.file.name == name } })
  }
}
