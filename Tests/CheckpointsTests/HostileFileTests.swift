import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Files that are not what their names say")
struct HostileFileTests {
  private func store(_ folder: TemporaryFolder) throws -> CheckpointStore {
    let store = try CheckpointStore(writing: folder.path)
    for step in 1...2 { try store.write(sample(step: step, best: 1)) }
    return store
  }

  @Test(
    "A note cut at any length, or with any bit changed, leads to an intact checkpoint",
    arguments: ["latest", "best"])
  func notes(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    let whole = try folder.bytes(file)
    // A note without its line feed is as good.
    let cuts = (0..<whole.count - 1).map { whole.prefix($0) }
    let flips = (0..<whole.count * 8).map { bit in
      var damaged = whole
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      return damaged
    }
    for damaged in cuts + flips {
      try folder.put(damaged, file)
      let newest = try #require(try store.newestIntact())
      #expect(newest.reference.step == 2)
      let best = try store.load(.bestOrLatest)
      // The step of the note may have become another one that exists.
      #expect([1, 2].contains(best.reference.step))
      #expect(
        file == "latest" || best.reference.step == 1 || !best.warnings.isEmpty
          || damaged == Data("step-00000002\n".utf8))
    }
  }

  @Test(
    "A file that claims more than memory holds is refused in words",
    arguments: ["state.json", "model.safetensors"])
  func sparse(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    let path = "\(folder.path)/step-00000002/\(file)"
    // Zeros that take no room on the disk; where the file system refuses the size there is nothing to test.
    guard truncate(path, 1 << 43) == 0 else { return }

    let loaded = try #require(try store.newestIntact())

    #expect(loaded.reference.step == 1)
    #expect(loaded.warnings.count == 1)
    #expect(loaded.warnings.first?.contains(file) == true)
    #expect(loaded.warnings.first?.contains("check what it is") == true)
  }

  @Test("A note that claims to be huge is passed over", arguments: ["latest", "best"])
  func sparseNote(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    guard truncate("\(folder.path)/\(file)", 1 << 43) == 0 else { return }

    #expect(try store.newestIntact()?.reference.step == 2)
    #expect(try [1, 2].contains(store.load(.bestOrLatest).reference.step))
  }

  @Test(
    "A pipe or a device in the place of a file is refused and not waited for",
    arguments: ["state.json", "model.safetensors"])
  func pipe(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder)
    let path = "\(folder.path)/step-00000002/\(file)"
    try FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)

    let loaded = try #require(try store.newestIntact())

    #expect(loaded.reference.step == 1)
    #expect(loaded.warnings.first?.contains("no regular file") == true)
    #expect(throws: FileError.self) { try SafetensorsFile(contentsOf: "/dev/zero") }
  }
}
