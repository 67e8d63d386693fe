import Foundation
import TestSupport
import Testing

@Suite("A disk that is full")
struct FullDiskTests {
  /// Whether this process may mount a small file system, found out by doing it.
  private static let isPossible =
    (try? withTemporaryDirectory { folder -> Void in
      try mountSmallDisk(at: folder)
      try run(command: ["umount", folder.path])
    }) != nil

  @Test(
    "Ends the job with one message, and the older checkpoint goes on elsewhere",
    .enabled(if: isPossible, "mounting a small disk needs root"), arguments: [nil, 1, 2, 4] as [Int?])
  func full(ranks: Int?) async throws {
    // Checkpoints of about 400 KB.
    let configuration = """
      data: {name: synthetic, samples: 96, testSamples: 10}
      model: {name: mlp, hidden: [40]}
      batch: {size: 16, microbatch: 4}
      epochs: 2
      training: {method: standard}
      checkpoint: {everySteps: 2, keep: 100}
      """
    try await withRunFolder(configuration) { run in
      let unlimited = try await holdfast(run.training(), in: run.directory)
      try #require(unlimited.exitCode == 0, "\(unlimited.standardError)")
      let reference = try run.checkpoints()
      try FileManager.default.removeItem(at: run.url())
      try FileManager.default.createDirectory(at: run.url(), withIntermediateDirectories: true)
      try Self.mountSmallDisk(at: run.url())
      let saved = run.directory.appendingPathComponent("saved")
      do {
        // At once, also where a program just started holds a copy of a descriptor of ours.
        defer { try? ProgramTests.run(command: ["umount", "--lazy", run.url().path]) }

        let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

        #expect(result.exitCode == 74)
        #expect(result.messages(with: "run/checkpoints/", "No space left on device").count == 1)
        #expect(result.messages(with: "No space left").first?.hasPrefix(place(ofRank: 0, of: ranks)) == true)
        #expect(run.steps == [0, 2])
        try FileManager.default.copyItem(at: run.url(), to: saved)
      }
      try FileManager.default.removeItem(at: run.url())
      try FileManager.default.moveItem(at: saved, to: run.url())

      let resumed = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.checkpoints() == reference)
    }
  }

  private static func mountSmallDisk(at folder: URL) throws {
    try run(command: ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path])
  }
}
