import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Deleting old checkpoints")
struct PruningTests {
  private func store(_ folder: TemporaryFolder, steps: [Int], best: Int? = nil) throws -> CheckpointStore {
    let store = try CheckpointStore(writing: folder.path)
    for step in steps { try store.write(sample(step: step, best: best)) }
    return store
  }

  private func damage(_ step: Int, in folder: TemporaryFolder) throws {
    try folder.put("", "step-0000000\(step)/model.safetensors")
  }

  @Test("The newest and the best stay")
  func newestAndBest() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2, 3, 4, 5], best: 2)

    #expect(try store.prune(keep: 2) == [1, 3])
    #expect(try store.steps() == [2, 4, 5])
    #expect(try store.prune(keep: 2) == [])
    #expect(try store.prune(keep: 1) == [4])
    #expect(try folder.names() == [".writer", "best", "latest", "step-00000002", "step-00000005"])
  }

  @Test("The only intact checkpoint is never deleted")
  func onlyIntact() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2, 3, 4])
    try damage(3, in: folder)
    try damage(4, in: folder)

    #expect(try store.prune(keep: 2) == [1])
    #expect(try store.newestIntact()?.reference.step == 2)
  }

  @Test("An intact checkpoint among those that stay is enough")
  func oneIntact() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2, 3, 4])
    try damage(4, in: folder)

    #expect(try store.prune(keep: 2) == [1, 2])
    #expect(try store.newestIntact()?.reference.step == 3)
  }

  @Test("What a resumed run left damaged behind it neither counts nor goes")
  func damagedBehind() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [3, 5, 6], best: 3)
    try damage(5, in: folder)
    try damage(6, in: folder)

    // Resumed from step 3, which is the best so far.
    try store.write(sample(step: 4, best: 3))

    #expect(try store.prune(keep: 1, upTo: 4) == [])
    #expect(try store.steps() == [3, 4, 5, 6])
    #expect(try store.newestIntact()?.reference.step == 4)
  }

  @Test("A best pointer that a kill left behind is set right by the next checkpoint")
  func stalePointer() throws {
    let folder = try TemporaryFolder()
    let store = try store(folder, steps: [1, 2])
    try store.write(sample(step: 2, best: 1))

    try store.write(sample(step: 3, best: 2))

    #expect(try store.prune(keep: 1) == [1])
    #expect(try store.load(.best).reference.step == 2)
  }
}
