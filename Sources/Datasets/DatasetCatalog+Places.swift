import Foundation

extension DatasetCatalog {
  /// The folder that files of this program's own build lie under when no installed copy is found.
  static let folderOfThisFile = (#filePath as NSString).deletingLastPathComponent

  /// The file that runs, symbolic links resolved.
  static var executablePath: String? {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? Bundle.main.executablePath
  }

  /// The folders in which a data set is looked for, in order.
  public func folders(for name: DatasetName) -> [String] {
    guard name != .synthetic else { return [] }
    var folders = [downloadFolder(for: name)]
    if value("HOLDFAST_DATA") != nil {
      folders.append(joined(cacheFolder, name.rawValue))
    }
    if let format = name.cifarFormat {
      folders = folders.flatMap { [$0, joined($0, format.archiveFolder)] }
    }
    return name == .mnist5k ? folders + embeddedFolders : folders
  }

  /// The folder that `data fetch` fills: `$HOLDFAST_DATA/NAME`, or one in the user's cache.
  public func downloadFolder(for name: DatasetName) -> String {
    joined(value("HOLDFAST_DATA") ?? cacheFolder, name.rawValue)
  }

  /// Whether a data set could be loaded, judged by the names of its files alone.
  public func availability(of name: DatasetName) -> DatasetAvailability {
    guard name != .synthetic else { return .generated }
    let places = folders(for: name)
    let files = name.knownFiles
    let found = places.first { place in files.contains { existing($0, in: place) != nil } }
    guard let folder = found else { return .absent(places) }
    let missing = files.filter { existing($0, in: folder) == nil }
    // Any of CIFAR-10's training batches will do.
    let isUsable =
      name.cifarFormat != nil
      ? missing.count < files.count - 1 && missing.last?.name != files.last?.name : missing.isEmpty
    return isUsable ? .complete(folder) : .incomplete(folder, missing: missing.map(\.name))
  }

  /// `$XDG_CACHE_HOME/holdfast`, by default `~/.cache/holdfast` (XDG Base Directory Specification).
  private var cacheFolder: String {
    if let cache = value("XDG_CACHE_HOME") { return joined(cache, "holdfast") }
    return joined(value("HOME") ?? NSHomeDirectory(), ".cache/holdfast")
  }

  /// Where the embedded `mnist-5k` may be: beside the executable, a few folders up, in the build folder.
  ///
  /// `Bundle.module` would end the process where it finds nothing.
  private var embeddedFolders: [String] {
    let name = DatasetName.mnist5k.rawValue
    var folders: [String] = []
    if let executable {
      var folder = (executable as NSString).deletingLastPathComponent
      for _ in 0..<5 {
        for place in ["holdfast_Datasets.resources", "share/holdfast", "Sources/Datasets/Resources"] {
          folders.append(joined(joined(folder, place), name))
        }
        let parent = (folder as NSString).deletingLastPathComponent
        if parent == folder { break }
        folder = parent
      }
    }
    return folders + [joined(joined(sourceFolder, "Resources"), name)]
  }

  // MARK: - Files

  /// The folder to read: the user's, or the first usual one that holds a file of the data set.
  func folder(of name: DatasetName, path: String?) throws(DatasetError) -> String {
    let files = name.knownFiles
    if let path {
      guard isFolder(path) else {
        throw DatasetError(
          .missing, path: path,
          "there is no such folder; data.path names the one with the files of \(name.rawValue)")
      }
      let places = [path] + (name.cifarFormat.map { [joined(path, $0.archiveFolder)] } ?? [])
      return places.first { place in files.contains { existing($0, in: place) != nil } } ?? path
    }
    let places = folders(for: name)
    if let folder = places.first(where: { place in files.contains { existing($0, in: place) != nil } }) {
      return folder
    }
    let remedy =
      if name == .mnist5k {
        "copy the folder mnist-5k of the program's resources to one of these"
      } else {
        """
        run `holdfast data fetch \(name.rawValue)`, or put \(Self.list(files)) there, or say with data.path \
        where they are
        """
      }
    throw DatasetError(
      .missing, "no \(name.rawValue) data in \(places.joined(separator: ", ")): \(remedy)")
  }

  func locate(_ file: KnownFile, of name: DatasetName, in folder: String) throws(DatasetError) -> String {
    guard let path = existing(file, in: folder) else { throw missing(file, of: name, in: folder) }
    return path
  }

  func missing(_ file: KnownFile, of name: DatasetName, in folder: String) -> DatasetError {
    DatasetError(
      .missing, path: folder,
      """
      \(file.name) (or \(file.name).gz) is not there; \(name.rawValue) needs \(Self.list(name.knownFiles)); \
      `holdfast data fetch \(name.rawValue)` gets them
      """)
  }

  /// The path of a file in a folder, plain before compressed.
  func existing(_ file: KnownFile, in folder: String) -> String? {
    for name in [file.name] + file.otherNames {
      for suffix in ["", ".gz"] {
        let path = joined(folder, name + suffix)
        if FileManager.default.fileExists(atPath: path) { return path }
      }
    }
    return nil
  }

  private static func list(_ files: [KnownFile]) -> String {
    files.map(\.name).joined(separator: ", ") + " (plain or .gz)"
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private func value(_ variable: String) -> String? {
    environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// A path below a folder.
func joined(_ folder: String, _ name: String) -> String {
  folder.hasSuffix("/") ? folder + name : folder + "/" + name
}
