import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Damaged checkpoints")
struct DamagedCheckpointTests {
  private static let files = ["model.safetensors", "optimizer.safetensors", "state.json"]

  private func store(_ folder: TemporaryFolder, steps: [Int]) throws -> CheckpointStore {
    let store = try CheckpointStore(writing: folder.path)
    for step in steps { try store.write(sample(step: step)) }
    return store
  }

  /// Whether the checkpoint of step 1 is taken, with one warning that names the damaged one of step 2.
  private func fallsBack(_ store: CheckpointStore) throws -> Bool {
    let loaded = try store.newestIntact()
    return loaded?.reference.step == 1 && loaded?.contents.model == sample(step: 1).model
      && loaded?.warnings.count == 1 && loaded?.warnings.first?.contains("step-00000002") == true
  }

  @Test("A file cut at any length is refused and the older checkpoint is taken", arguments: files)
  func everyCut(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    let name = "step-00000002/\(file)"
    let whole = try folder.bytes(name)

    var missed: [Int] = []
    for length in 0..<whole.count {
      try folder.put(whole.prefix(length), name)
      if try !fallsBack(store) { missed.append(length) }
    }
    #expect(missed == [])

    try folder.put(whole + Data([0x20]), name)
    #expect(try fallsBack(store))
    try folder.put(whole, name)
    #expect(try store.newestIntact()?.reference.step == 2)
  }

  @Test("A changed bit in any byte is noticed and the older checkpoint is taken", arguments: files)
  func everyByte(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    let name = "step-00000002/\(file)"
    let whole = try folder.bytes(name)

    var missed: [Int] = []
    for index in 0..<whole.count {
      var damaged = whole
      // Bit 5 tells upper from lower case, the change that careless comparisons miss.
      damaged[index] ^= 1 << (index % 2 == 0 ? 5 : UInt8(index % 8))
      try folder.put(damaged, name)
      if try !fallsBack(store) { missed.append(index) }
    }
    #expect(missed == [])
  }

  @Test("A missing file, a renamed folder and another step's file are noticed", arguments: files)
  func wrongFiles(file: String) throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    let path = "\(folder.path)/step-00000002/\(file)"

    try FileManager.default.removeItem(atPath: path)
    #expect(try fallsBack(store))
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(try fallsBack(store))
  }

  @Test("A checkpoint under another step's name is refused")
  func renamed() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1])
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/step-00000001", toPath: "\(folder.path)/step-00000002")

    #expect(try fallsBack(store))
  }

  @Test("If all are damaged, that is an error which names each of them")
  func allDamaged() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    for step in 1...2 { try folder.put("", "step-0000000\(step)/state.json") }

    let error = #expect(throws: CheckpointError.self) { try store.newestIntact() }
    let text = try #require(error?.description)
    #expect(text.contains("step-00000001") && text.contains("step-00000002"))
  }

  @Test("A damaged best checkpoint is replaced with a warning, a damaged step is not")
  func damagedBest() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    try store.write(sample(step: 2, best: 1))
    try folder.put("", "step-00000001/model.safetensors")

    let loaded = try store.load(.best)
    #expect(loaded.reference.step == 2)
    #expect(loaded.warnings.count == 1)
    #expect(throws: CheckpointError.self) { try store.load(.step(1)) }

    try folder.put("../../etc/passwd", "best")
    #expect(try store.load(.best).warnings.first?.contains("names no checkpoint") == true)
  }

  @Test("A latest file that names a lost checkpoint leads to a warning")
  func staleLatest() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    try FileManager.default.removeItem(atPath: "\(folder.path)/step-00000002")

    #expect(try fallsBack(store))
  }

  @Test("What a killed writer left is ignored by readers and cleared by the next writer")
  func leftovers() throws {
    let folder = try TemporaryFolder()
    _ = try store(folder, steps: [1])
    let manager = FileManager.default
    try folder.put("half", ".tmp-step-00000002-17-ab/model.safetensors")
    try folder.put("half", ".tmp-latest-17-ab")
    try folder.put("mine", ".hidden")
    // Killed between the two renames of a replacement.
    try manager.moveItem(
      atPath: "\(folder.path)/step-00000001", toPath: "\(folder.path)/.tmp-replaced-step-00000001")

    #expect(try CheckpointStore(reading: folder.path).steps() == [])
    #expect(try folder.names().contains(".tmp-latest-17-ab"))

    let store = try CheckpointStore(writing: folder.path)
    #expect(try store.newestIntact()?.reference.step == 1)
    #expect(try folder.names() == [".hidden", ".writer", "latest", "step-00000001"])
  }
}
