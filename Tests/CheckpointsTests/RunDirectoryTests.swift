import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Run directories")
struct RunDirectoryTests {
  private func existingRun(in folder: TemporaryFolder) throws -> RunDirectory {
    let run = try RunDirectory.open("\(folder.path)/runs/a", mode: .create)
    try CheckpointStore(writing: run.checkpoints).write(sample(step: 1))
    try folder.put("name: a", "runs/a/config.yaml")
    try folder.put("{}", "runs/a/evaluations/final/evaluation.json")
    return run
  }

  private func reason(_ path: String, _ mode: RunDirectory.Mode) -> String? {
    #expect(throws: CheckpointError.self) { try RunDirectory.open(path, mode: mode) }?.description
  }

  @Test(
    "A new run gets its folder with all folders above, an empty folder is used",
    arguments: [
      RunDirectory.Mode.create, .resume, .overwrite,
    ])
  func fresh(mode: RunDirectory.Mode) throws {
    let folder = try TemporaryFolder()
    #expect(try RunDirectory.open("\(folder.path)/x/y", mode: mode).isRun)
    let empty = try TemporaryFolder()
    #expect(try RunDirectory.open(empty.path, mode: mode).isRun)
  }

  @Test("An existing run is refused unless it is to be resumed or overwritten")
  func existing() throws {
    let folder = try TemporaryFolder()
    let run = try existingRun(in: folder)

    let refusal = try #require(reason(run.path, .create))
    #expect(refusal.contains(run.path) && refusal.contains("--resume") && refusal.contains("--overwrite"))
    #expect(try CheckpointStore(reading: run.checkpoints).newestIntact()?.reference.step == 1)
  }

  @Test("Resuming keeps everything but leftovers")
  func resume() throws {
    let folder = try TemporaryFolder()
    let run = try existingRun(in: folder)
    try folder.put("half", "runs/a/.tmp-manifest.json-1-a")

    #expect(try RunDirectory.open(run.path, mode: .resume) == run)
    #expect(try folder.names("runs/a") == ["checkpoints", "config.yaml", "evaluations"])
    #expect(try CheckpointStore(reading: run.checkpoints).newestIntact()?.reference.step == 1)
  }

  @Test("Overwriting deletes the run and leaves files of others")
  func overwrite() throws {
    let folder = try TemporaryFolder()
    let run = try existingRun(in: folder)
    try folder.put("mine", "runs/a/notes.txt")

    #expect(try RunDirectory.open(run.path, mode: .overwrite) == run)
    #expect(try folder.names("runs/a") == ["checkpoints", "notes.txt"])
    #expect(try folder.names("runs/a/checkpoints") == [])
  }

  @Test("Overwriting does not follow a symbolic link out of the run")
  func link() throws {
    let folder = try TemporaryFolder()
    let run = try existingRun(in: folder)
    try folder.put("mine", "elsewhere/file")
    try FileManager.default.createSymbolicLink(
      atPath: run.tensorboard, withDestinationPath: "\(folder.path)/elsewhere")

    _ = try RunDirectory.open(run.path, mode: .overwrite)

    #expect(try folder.names("elsewhere") == ["file"])
    #expect(try folder.names("runs/a") == ["checkpoints"])
  }

  @Test(
    "Folders that hold something else are refused in every mode",
    arguments: [
      RunDirectory.Mode.create, .resume, .overwrite,
    ])
  func foreign(mode: RunDirectory.Mode) throws {
    let folder = try TemporaryFolder()
    try folder.put("mine", "home/config.yaml")
    try folder.put("mine", "file")

    #expect(reason("\(folder.path)/home", mode) != nil)
    #expect(reason("\(folder.path)/file", mode) != nil)
    #expect(try folder.names("home") == ["config.yaml"])
  }

  @Test("A folder of checkpoints with files of another program is not overwritten")
  func foreignCheckpoints() throws {
    let folder = try TemporaryFolder()
    let run = try existingRun(in: folder)
    try folder.put("mine", "runs/a/checkpoints/epoch=3.ckpt")

    #expect(reason(run.path, .overwrite)?.contains("epoch=3.ckpt") == true)
    #expect(try folder.names("runs/a/checkpoints").contains("step-00000001"))
  }
}
