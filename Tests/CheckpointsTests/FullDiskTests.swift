import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// A file system of 512 KB in memory.
private final class SmallDisk {
  let folder: TemporaryFolder

  /// Whether this process may mount one, found out by doing it.
  static let isPossible = (try? SmallDisk()) != nil

  private struct Failure: Error {}

  init() throws {
    folder = try TemporaryFolder()
    try Self.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder.path])
  }

  deinit {
    try? Self.run(["umount", folder.path])
  }

  private static func run(_ command: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
  }
}

@Suite("Disks that are full or refuse")
struct FullDiskTests {
  @Test(
    "A full disk is an error that says so, and the older checkpoint is intact",
    .enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
  func full() throws {
    let disk = try SmallDisk()
    let store = try CheckpointStore(writing: disk.folder.path)
    func large(_ step: Int) -> Checkpoint {
      var checkpoint = sample(step: step)
      let values = [Float](repeating: Float(step), count: 75_000)
      checkpoint.model = [NamedTensor(name: "w", shape: [75_000], values: values)]
      return checkpoint
    }
    try store.write(large(1))

    let error = #expect(throws: FileError.self) { try store.write(large(2)) }

    #expect(error?.code == ENOSPC)
    #expect(error?.description.contains("No space left on device (ENOSPC)") == true)
    #expect(try store.newestIntact()?.contents.model == large(1).model)
    #expect(try disk.folder.names() == [".writer", "latest", "step-00000001"])

    // With room again, the run goes on as if nothing had been.
    try store.write(sample(step: 2))
    #expect(try store.newestIntact()?.reference.step == 2)
  }

  @Test(
    "A full disk leaves the old contents of a file",
    .enabled(if: SmallDisk.isPossible, "mounting a small disk needs root"))
  func fullForAFile() throws {
    let disk = try SmallDisk()
    let path = "\(disk.folder.path)/file"
    try AtomicFile.write("old", to: path)

    let error = #expect(throws: FileError.self) { try AtomicFile.write(Data(count: 1_000_000), to: path) }

    #expect(error?.path == path)
    #expect(try disk.folder.bytes("file") == Data("old".utf8))
    #expect(try disk.folder.names() == ["file"])
  }

  @Test("A file is replaced as a whole and nothing else stays")
  func replaced() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/file"
    try AtomicFile.write("old", to: path)
    try AtomicFile.write("new contents", to: path)

    #expect(try folder.bytes("file") == Data("new contents".utf8))
    #expect(try folder.names() == ["file"])
  }

  @Test("Refused writes name the file, the reason and its symbol")
  func refused() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: FileError.self) { try AtomicFile.write("x", to: "\(folder.path)/no/file") }
    #expect(
      missing?.description.contains("\(folder.path)/no/file: No such file or directory (ENOENT)") == true)
    #expect(missing?.isMissing == true)

    try folder.put("x", "taken/file")
    let taken = #expect(throws: FileError.self) { try AtomicFile.write("x", to: "\(folder.path)/taken") }
    #expect(taken?.code == EISDIR)
    #expect(try folder.names() == ["taken"])

    #expect(throws: FileError.self) { try CheckpointStore(writing: "\(folder.path)/taken/file/checkpoints") }
  }
}
