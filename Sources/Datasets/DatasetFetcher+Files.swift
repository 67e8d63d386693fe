import Foundation

extension DatasetFetcher {
  /// Downloads the archive of a CIFAR set and unpacks its files; the archive is not kept.
  func fetchCIFAR(_ name: DatasetName, into folder: String) throws(DatasetError) -> [FetchedFile] {
    let known = name.knownFiles
    let paths = known.map { joined(folder, $0.name) }
    let present = zip(known, paths).filter { FileManager.default.fileExists(atPath: $0.1) }
    try checkBatches(present)
    if present.count == paths.count {
      return paths.map { FetchedFile(path: $0, wasPresent: true) }
    }

    for source in name.downloads {
      let archive = try fetch(source, of: name, into: folder)
      try Self.unpack(archive.path, known.map(\.name), into: folder)
      try remove(archive.path)
    }
    try checkBatches(Array(zip(known, paths)))
    return paths.map { FetchedFile(path: $0, wasPresent: false) }
  }

  private func checkBatches(_ batches: [(KnownFile, String)]) throws(DatasetError) {
    for (file, path) in batches {
      let found = try DataFileReader(path: path).storedSHA256
      guard found == file.sha256 else { throw Self.foreignFile(path) }
    }
  }

  /// A file in the way that a download must not overwrite: it may be the only copy.
  static func foreignFile(_ path: String) -> DatasetError {
    DatasetError(
      .malformed, path: path, "is there and is not the published file; move it away and fetch again")
  }

  /// Writes the known files of an archive into `folder` and refuses an archive that lacks one.
  package static func unpack(
    _ archive: String, _ names: [String], into folder: String
  ) throws(DatasetError) {
    var wanted = Set(names)
    try TarArchive.forEachFile(
      in: DataFileReader(path: archive), largestFile: CIFARFormat.largestContents
    ) { name, contents throws(DatasetError) in
      guard wanted.remove(name) != nil else { return }
      try write(contents, to: joined(folder, name))
    }
    guard wanted.isEmpty else {
      throw DatasetError(
        .malformed, path: archive, "lacks \(wanted.sorted().joined(separator: ", ")); fetch it again")
    }
  }

  private static func write(_ contents: [UInt8], to path: String) throws(DatasetError) {
    do {
      try Data(contents).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw DatasetError(.io, path: path, "cannot be written: \(error.localizedDescription)")
    }
  }

  /// Gives a file its own name, in place of whatever has it.
  func move(_ path: String, to destination: String) throws(DatasetError) {
    guard rename(path, destination) == 0 else {
      throw systemError("cannot be renamed to \(destination)", path, errno)
    }
  }

  func remove(_ path: String) throws(DatasetError) {
    guard unlink(path) == 0 else { throw systemError("cannot be removed", path, errno) }
  }
}
