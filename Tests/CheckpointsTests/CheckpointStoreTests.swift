import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Writing and reading checkpoints")
struct CheckpointStoreTests {
  @Test("A checkpoint is read back as it was written, with the SHA-256 of its model file")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let store = try CheckpointStore(writing: folder.path)
    var checkpoint = sample(step: 468, best: 468)
    checkpoint.training = [NamedTensor(name: "delta", shape: [1], values: [0.3])]

    let reference = try store.write(checkpoint)
    let loaded = try #require(try CheckpointStore(reading: folder.path).newestIntact())

    #expect(loaded.reference == reference)
    #expect(loaded.warnings == [])
    #expect(loaded.contents.model == checkpoint.model)
    #expect(loaded.contents.optimizer == checkpoint.optimizer)
    #expect(loaded.contents.training == checkpoint.training)
    #expect(loaded.contents.state.best == checkpoint.state.best)
    #expect(reference.path == "\(folder.path)/step-00000468")
    #expect(try reference.modelSHA256 == Checksum.sha256(ofFile: reference.modelPath))
    #expect(
      try folder.names("step-00000468")
        == ["model.safetensors", "optimizer.safetensors", "state.json", "training.safetensors"])
    #expect(try folder.bytes("latest") == Data("step-00000468\n".utf8))
    #expect(try folder.bytes("best") == Data("step-00000468\n".utf8))
    #expect(try folder.names().filter { $0.hasPrefix(".tmp") } == [])
  }

  @Test("Equal weights give equal model files, whatever else the runs did")
  func equalBytes() throws {
    let first = try TemporaryFolder()
    let second = try TemporaryFolder()
    var other = sample(step: 5)
    other.state.identity = [:]
    other.optimizer = []

    let a = try CheckpointStore(writing: first.path).write(sample(step: 5))
    let b = try CheckpointStore(writing: second.path).write(other)

    #expect(a.modelSHA256 == b.modelSHA256)
    #expect(try !first.names(a.name).contains("training.safetensors"))
  }

  @Test("The newest, the best and any step can be asked for")
  func selection() throws {
    let folder = try TemporaryFolder()
    let store = try CheckpointStore(writing: folder.path)
    #expect(try store.newestIntact() == nil)
    #expect(throws: CheckpointError.self) { try store.load(.latest) }

    try store.write(sample(step: 0))
    try store.write(sample(step: 100))
    #expect(throws: CheckpointError.self) { try store.load(.best) }
    #expect(try store.load(.bestOrLatest).reference.step == 100)

    try store.write(sample(step: 200, best: 100))
    #expect(try store.load(.latest).reference.step == 200)
    #expect(try store.load(.best).reference.step == 100)
    #expect(try store.load(.bestOrLatest).reference.step == 100)
    #expect(try store.load(.step(0)).contents.model == sample(step: 0).model)
    let error = #expect(throws: CheckpointError.self) { try store.load(.step(150)) }
    #expect(error?.description.contains("0, 100, 200") == true)

    try store.write(sample(step: 200, best: 0))
    #expect(try store.load(.best).reference.step == 0)
  }

  @Test("Steps beyond eight digits sort by number, and foreign names are no checkpoints")
  func names() throws {
    let folder = try TemporaryFolder()
    let store = try CheckpointStore(writing: folder.path)
    try store.write(sample(step: 123_456_789))
    try store.write(sample(step: 99_999_999))
    try folder.put("", "step-7/state.json")
    try folder.put("", "step-0000000x")

    #expect(try store.steps() == [99_999_999, 123_456_789])
  }

  @Test("A checkpoint of the same step is replaced")
  func replacement() throws {
    let folder = try TemporaryFolder()
    let store = try CheckpointStore(writing: folder.path)
    try store.write(sample(step: 5))
    try store.write(sample(step: 5, scale: 2))

    #expect(try store.load(.step(5)).contents.model == sample(step: 5, scale: 2).model)
    #expect(try store.steps() == [5])
    #expect(try folder.names().filter { $0.hasPrefix(".tmp") } == [])
  }

  @Test("A diverged network is not written, and the older checkpoint stays")
  func diverged() throws {
    let folder = try TemporaryFolder()
    let store = try CheckpointStore(writing: folder.path)
    try store.write(sample(step: 1))

    let error = #expect(throws: CheckpointError.self) { try store.write(sample(step: 2, scale: .nan)) }

    #expect(error?.description.contains("fc.weight holds nan at index 0") == true)
    #expect(try store.newestIntact()?.reference.step == 1)
    #expect(try folder.names() == [".writer", "latest", "step-00000001"])
  }

  @Test("A writer that was given up cannot write any more")
  func fencing() throws {
    let folder = try TemporaryFolder()
    let old = try CheckpointStore(writing: folder.path)
    try old.write(sample(step: 1))
    let new = try CheckpointStore(writing: folder.path)
    try new.write(sample(step: 2))

    #expect(throws: CheckpointError.superseded(directory: folder.path)) {
      try old.write(sample(step: 2, scale: 9))
    }
    #expect(throws: CheckpointError.superseded(directory: folder.path)) { try old.prune(keep: 1) }

    #expect(try new.newestIntact()?.contents.model == sample(step: 2).model)
    #expect(try new.steps() == [1, 2])
  }
}
