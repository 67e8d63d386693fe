import Foundation

/// The checkpoints of one run: a folder `step-00000468` each, and the text files `latest` and `best` naming one.
///
/// A checkpoint appears under its name only when all of it is on the disk, so a kill at any moment leaves
/// either the whole of it or nothing. `latest` is for people; reading always looks at the folders
/// themselves and takes the newest that verifies.
///
/// Any number of processes may read a store while one writes to it.
public struct CheckpointStore: Sendable {
  /// The folder that holds the checkpoints.
  public let directory: String
  /// What this process left in the `.writer` file; nil if it only reads.
  let writerToken: String?

  private static let writerFile = ".writer"
  /// The most bytes that the files of one line may have.
  private static let largestNote = 4096
  static let replacedPrefix = AtomicFile.temporaryPrefix + "replaced-"
  static let removedPrefix = AtomicFile.temporaryPrefix + "removed-"

  /// Opens a store for reading; the folder need not exist, and nothing in it is touched.
  public init(reading directory: String) {
    self.directory = directory
    writerToken = nil
  }

  /// Opens a store for writing, creates its folder and clears away what a killed writer left half done.
  ///
  /// From now on an earlier writer of the same store, say on a host that was cut off and given up, is refused.
  ///
  /// - Throws: `FileError`.
  public init(writing directory: String) throws {
    self.directory = directory
    let token = "\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))\n"
    writerToken = token
    try FileSystem.makeFolder(directory)
    try AtomicFile.write(token, to: "\(directory)/\(Self.writerFile)")
    try clearLeftovers()
  }

  /// The steps there are checkpoints of, ascending; whether they are intact is not looked at.
  ///
  /// - Throws: `FileError` if the folder exists and cannot be listed.
  public func steps() throws(FileError) -> [Int] {
    guard FileSystem.exists(directory) else { return [] }
    return try FileSystem.names(in: directory).compactMap { CheckpointReference.step(name: $0) }.sorted()
  }

  /// The folder of a step's checkpoint.
  func path(step: Int) -> String {
    "\(directory)/\(CheckpointReference.name(step: step))"
  }

  /// Whether a name in a checkpoint folder is one this program gives.
  static func isOwnName(_ name: String) -> Bool {
    CheckpointReference.step(name: name) != nil || CheckpointPointer(rawValue: name) != nil
      || name == writerFile || name.hasPrefix(AtomicFile.temporaryPrefix)
  }

  /// Checks that nobody has opened the store for writing since this process did.
  ///
  /// - Precondition: the store was opened for writing.
  func checkStillWriter() throws {
    guard let writerToken else { preconditionFailure("\(directory) was opened for reading only") }
    let current = try FileSystem.read("\(directory)/\(Self.writerFile)", upTo: Self.largestNote)
    guard current.elementsEqual(writerToken.utf8) else {
      throw CheckpointError.superseded(directory: directory)
    }
  }

  private func clearLeftovers() throws {
    for name in try FileSystem.names(in: directory) where name.hasPrefix(AtomicFile.temporaryPrefix) {
      let path = "\(directory)/\(name)"
      // A kill between the two renames of a replacement: the old checkpoint gets its name back.
      if name.hasPrefix(Self.replacedPrefix) {
        let original = "\(directory)/\(name.dropFirst(Self.replacedPrefix.count))"
        if !FileSystem.exists(original) {
          try FileSystem.rename(path, to: original)
          continue
        }
      }
      try FileSystem.removeTree(path)
    }
    try FileSystem.synchronizeFolder(directory)
  }
}

/// The text files that name a checkpoint.
enum CheckpointPointer: String {
  case latest, best
}

extension CheckpointStore {
  /// The step a pointer file names; nil if there is no such file or it names nothing sensible.
  func target(of pointer: CheckpointPointer) -> Int? {
    guard let data = try? FileSystem.read("\(directory)/\(pointer.rawValue)", upTo: Self.largestNote),
      let text = String(data: data, encoding: .utf8)
    else { return nil }
    return CheckpointReference.step(name: text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  func point(_ pointer: CheckpointPointer, to step: Int) throws {
    guard target(of: pointer) != step else { return }
    try AtomicFile.write(CheckpointReference.name(step: step) + "\n", to: "\(directory)/\(pointer.rawValue)")
  }
}
