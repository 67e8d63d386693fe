import Foundation
import TestSupport
import Testing

@Suite("A disk that is lost while a run is under way")
struct LostDiskTests {
  private static let configuration = """
    data: {name: synthetic, samples: 157, testSamples: 24}
    model: {name: cnn-small}
    batch: {size: 16, microbatch: 4}
    epochs: 8
    training: {method: pgd, steps: 20}
    evaluation: {final: [fgsm]}
    checkpoint: {everyEpochs: 0, everySteps: 7, keep: 100}
    """

  /// Whether this process may mount folders, found out by doing it.
  private static let canMount =
    (try? withTemporaryDirectory { folder -> Void in
      try makeReadOnly(folder)
      try run(command: ["umount", folder.path])
    }) != nil

  @Test(
    "Checkpoints that become read-only end the job, and the run goes on once they are writable",
    .enabled(if: canMount, "mounting needs root"), arguments: [nil, 2] as [Int?])
  func readOnly(ranks: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let folder = run.url("checkpoints")
      let result: RankJobResult
      do {
        defer { try? ProgramTests.run(command: ["umount", "--lazy", folder.path]) }
        result = try await holdfast(run.training(), ranks: ranks, in: run.directory) { job in
          let isUnderWay = try await job.wait { try run.hasReached(step: 17, checkpoint: 14) }
          #expect(isUnderWay)
          try Self.makeReadOnly(folder)
        }
      }

      #expect(result.exitCode == 74, "\(result.standardError)")
      let messages = result.messages(with: "run/checkpoints/", "Read-only file system", "choose a folder")
      #expect(messages.count == 1, "\(result.standardError)")
      #expect(messages.first?.hasPrefix(place(ofRank: 0, of: ranks)) == true)
      #expect(run.steps.last.map { $0 >= 14 && $0 < 80 } == true)

      try await expectResumes(run)
    }
  }

  @Test(
    "A run directory that vanishes ends the job, and the run goes on where it reappears",
    arguments: [nil, 2] as [Int?])
  func vanished(ranks: Int?) async throws {
    try await withRunFolder(Self.configuration) { run in
      let elsewhere = run.directory.appendingPathComponent("elsewhere")
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 17, checkpoint: 14) }
        #expect(isUnderWay)
        try FileManager.default.moveItem(at: run.url(), to: elsewhere)
      }

      #expect(result.exitCode == 66, "\(result.standardError)")
      // Whatever is written next: a checkpoint, or a line of metrics.csv.
      let messages = result.messages(with: " run/", "No such file or directory")
      #expect(messages.count == 1, "\(result.standardError)")
      #expect(messages.first?.hasPrefix(place(ofRank: 0, of: ranks)) == true)

      try? FileManager.default.removeItem(at: run.url())
      try FileManager.default.moveItem(at: elsewhere, to: run.url())
      try await expectResumes(run)
    }
  }

  private func expectResumes(_ run: RunFolder) async throws {
    let before = try #require(run.steps.last)

    let resumed = try await holdfast(run.training("--resume"), in: run.directory)

    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(try run.events("resume").map(\.step) == [before])
    #expect(run.steps.last == 80)
  }

  /// Puts a view of a folder above it that cannot be written to.
  private static func makeReadOnly(_ folder: URL) throws {
    try run(command: ["mount", "--bind", folder.path, folder.path])
    // Refused as busy while a file is open for writing behind the mount, which checkpoints now and then are.
    for _ in 0..<200 {
      if (try? run(command: ["mount", "-o", "remount,bind,ro", folder.path])) != nil { return }
      usleep(20_000)
    }
    try run(command: ["mount", "-o", "remount,bind,ro", folder.path])
  }
}
