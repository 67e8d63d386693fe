import Foundation

/// Downloads the files of a data set and keeps only what has the right checksum.
///
/// A file arrives under the name FILE.part, which a later call continues; it gets its own name once its
/// checksum is right, so a file under its own name is a whole one.
public struct DatasetFetcher: Sendable {
  /// A file that is now in place.
  public struct FetchedFile: Sendable, Equatable, Codable {
    /// Where it is.
    public let path: String
    /// Whether it was there already.
    public let wasPresent: Bool
  }

  private let mirror: String?
  private let attempts: Int
  private let secondsBetweenAttempts: Double
  private let environment: [String: String]
  private let report: @Sendable (String) -> Void

  /// Creates a fetcher.
  ///
  /// - Parameters:
  ///   - mirror: the URL of a folder that has the files, instead of the published ones.
  ///   - attempts: how often a transfer that breaks is continued before the next mirror is tried.
  ///   - secondsBetweenAttempts: how long to wait before a transfer is continued.
  ///   - environment: that of curl, such as proxies; the process's own if there is none.
  ///   - report: receives a line of progress for a person.
  public init(
    mirror: String? = nil, attempts: Int = 5, secondsBetweenAttempts: Double = 2,
    environment: [String: String]? = nil, report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    precondition(attempts > 0, "a download takes an attempt")
    self.mirror = mirror
    self.attempts = attempts
    self.secondsBetweenAttempts = secondsBetweenAttempts
    self.environment = environment ?? ProcessInfo.processInfo.environment
    self.report = report
  }

  /// Puts all files of a data set into `folder`; files that are there are left alone.
  ///
  /// - Returns: the files that are in place; none for data that come with the program or are generated.
  /// - Throws: `DatasetError`: `network` if no mirror gave the right file, `malformed` if another file has its
  ///   name, `missing` without curl, `io`.
  public func fetch(_ name: DatasetName, into folder: String) throws(DatasetError) -> [FetchedFile] {
    guard !name.downloads.isEmpty else { return [] }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw DatasetError(.io, path: folder, "the folder cannot be made: \(error.localizedDescription)")
    }
    if name.cifarFormat != nil { return try fetchCIFAR(name, into: folder) }
    var files: [FetchedFile] = []
    for source in name.downloads {
      files.append(try fetch(source, of: name, into: folder))
    }
    return files
  }

  // MARK: - One file

  /// Puts one file into `folder`.
  package func fetch(
    _ source: DownloadSource, of name: DatasetName, into folder: String
  ) throws(DatasetError) -> FetchedFile {
    let path = joined(folder, source.name)
    if FileManager.default.fileExists(atPath: path) {
      guard try mismatch(path, source.checksum) == nil else { throw Self.foreignFile(path) }
      report("\(path) is there and right")
      return FetchedFile(path: path, wasPresent: true)
    }
    var failures: [String] = []
    for mirror in mirror.map({ [$0] }) ?? source.mirrors {
      let url = source.url(at: mirror)
      report("fetching \(url)")
      guard let failure = try download(url, to: path + ".part", source.checksum) else {
        try move(path + ".part", to: path)
        return FetchedFile(path: path, wasPresent: false)
      }
      report(failure)
      failures.append(failure)
    }
    throw DatasetError(
      .network,
      """
      \(source.name) could not be fetched (\(failures.joined(separator: "; "))); try again to continue, or \
      download it by hand into \(folder), or set HOLDFAST_DATA to a folder whose \(name.rawValue)/ has the files
      """)
  }

  /// Downloads until the checksum is right; returns what went wrong if it did not come to that.
  private func download(
    _ url: String, to part: String, _ checksum: DownloadSource.Checksum
  ) throws(DatasetError) -> String? {
    let curl = CurlDownload(environment: environment)
    var failure = ""
    for attempt in 1...attempts {
      if attempt > 1 { Thread.sleep(forTimeInterval: secondsBetweenAttempts) }
      let isResumed = FileManager.default.fileExists(atPath: part)
      switch try curl.run(url, to: part) {
      case .complete, .nothingFurther:
        guard let mismatch = try mismatch(part, checksum) else { return nil }
        try remove(part)
        failure = "\(url): \(mismatch)"
        // What was continued may have begun elsewhere; a file in one piece is what the server has.
        guard isResumed else { return failure }
      case .cannotResume:
        try remove(part)
        failure = "\(url): the server cannot continue a download"
      case .refused(let status):
        failure = "\(url): HTTP status \(status)"
        guard status >= 500 || status == 408 || status == 429 else { return failure }
      case .interrupted(let words): failure = "\(url): \(words)"
      case .failed(let words): return "\(url): \(words)"
      }
    }
    return failure
  }

  /// Compares a file with its checksum: nil if they agree, else what is wrong.
  private func mismatch(
    _ path: String, _ checksum: DownloadSource.Checksum
  ) throws(DatasetError) -> String? {
    do {
      let file = try DataFileReader(path: path)
      switch checksum {
      case .file(let expected):
        let found = file.storedSHA256
        return found == expected ? nil : "wrong file: SHA-256 \(found), expected \(expected)"
      case .contents(let expected):
        _ = try file.readAll(upTo: CurlDownload.largestFile)
        try file.finish()
        let found = file.sha256
        return found == expected ? nil : "wrong file: SHA-256 of the contents \(found), expected \(expected)"
      }
    } catch {
      guard error.kind == .malformed else { throw error }
      return "wrong file: \(error.reason)"
    }
  }
}
