import Datasets
public import MessagePassing

/// `holdfast data`: puts data sets in place and says what they hold.
///
/// Rank 0 does the work and prints; the other ranks wait for it and end with the same exit code.
public struct DataCommand {
  private let name: String
  private let isJSON: Bool
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  ///
  /// - Parameters:
  ///   - name: the data set.
  ///   - isJSON: whether the result is one JSON object instead of text.
  ///   - communicator: the ranks of the job.
  public init(_ name: String, json isJSON: Bool, on communicator: Communicator) {
    self.name = name
    self.isJSON = isJSON
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Downloads what is not there yet.
  ///
  /// - Parameters:
  ///   - folder: where the files go; nil for the place where they are looked for.
  ///   - mirror: the URL of a folder that has the files, instead of the published ones.
  ///   - attempts: how often a transfer that breaks is tried.
  /// - Returns: The exit code.
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func fetch(into folder: String?, mirror: String?, attempts: Int) throws -> Int32 {
    try onRoot {
      let name = try DatasetName(named: name)
      let folder = folder ?? DatasetCatalog().downloadFolder(for: name)
      let fetcher = DatasetFetcher(mirror: mirror, attempts: attempts) { [console] in console.note($0) }
      try show(FetchReport(name: name, folder: folder, files: try fetcher.fetch(name, into: folder)))
      return ExitStatus.success
    }
  }

  /// Prints sizes, classes, pixel statistics and checksums.
  ///
  /// - Parameter path: The folder of the files; nil to look in the usual places.
  /// - Returns: The exit code.
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func describe(path: String?) throws -> Int32 {
    try onRoot {
      try show(DatasetDescription(try DatasetCatalog().load(DatasetName(named: name), path: path)))
      return ExitStatus.success
    }
  }

  /// Compares every file with the published one.
  ///
  /// - Parameter path: The folder of the files; nil to look in the usual places.
  /// - Returns: The exit code: bad data where a file differs or is missing.
  /// - Throws: A failure of all ranks with what went wrong on rank 0.
  public func verify(path: String?) throws -> Int32 {
    try onRoot {
      let verification = try DatasetCatalog().verify(DatasetName(named: name), path: path)
      try show(VerificationReport(verification))
      return verification.isIntact ? ExitStatus.success : ExitStatus.badData
    }
  }

  private func onRoot(_ work: () throws -> Int32) throws -> Int32 {
    let code = try communicator.agree { communicator.isRoot ? try work() : ExitStatus.success }
    return try communicator.broadcast(code)
  }

  private func show(_ report: some Encodable & CustomStringConvertible) throws {
    try console.print(report, asJSON: isJSON, text: report.description)
  }
}
