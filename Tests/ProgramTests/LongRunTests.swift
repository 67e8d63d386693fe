import Foundation
import TestSupport
import Testing

@Suite("Long runs")
struct LongRunTests {
  private static let configuration = """
    data: {name: synthetic, samples: 320, testSamples: 40, validation: 20}
    model: {name: cnn-small}
    batch: {size: 30, microbatch: 4}
    epochs: 200
    training: {method: pgd, steps: 3}
    evaluation: {everyEpochs: 20, attack: {name: pgd, steps: 2}, final: [fgsm]}
    checkpoint: {everyEpochs: 1, everySteps: 50, keep: 3}
    """
  private static let steps = 2000

  @Test(
    "2,000 steps on 4 ranks take no more memory and descriptors than the first 100, and give the bits of one rank",
    .enabled(
      if: ProcessInfo.processInfo.environment["HOLDFAST_LONG_TESTS"] == "1",
      "HOLDFAST_LONG_TESTS=1 runs it"))
  func flat() async throws {
    let alone = try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory, timeout: 1200)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return (checkpoints: try run.checkpoints(), evaluation: try run.evaluationText())
    }
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 4, in: run.directory, timeout: 1200) {
        job in
        let isWarm = try await job.wait { try run.lastStep() >= 100 }
        try #require(isWarm)
        let start = try job.ranks.map(Footprint.init)
        try #require(start.count == 4)

        var largest = start
        for step in stride(from: 200, to: Self.steps, by: 100) {
          guard try await job.wait(until: { try run.lastStep() >= step }) else { break }
          let now = job.ranks.compactMap { try? Footprint($0) }
          guard now.count == 4 else { break }
          print(
            "step \(step):",
            now.map { "\($0.kilobytes) kB \($0.descriptors)" }.joined(separator: ", "))
          largest = zip(largest, now).map(max)
        }
        for (rank, (before, after)) in zip(start, largest).enumerated() {
          print("rank \(rank): \(before) after 100 steps, at most \(after)")
          #expect(after.kilobytes <= before.kilobytes + 4096, "rank \(rank)")
          // One file may be open for a moment while a checkpoint is written.
          #expect(after.descriptors <= before.descriptors + 1, "rank \(rank)")
        }
      }
      #expect(result.exitCode == 0, "\(result.standardError)")
      #expect(try run.lastStep() == Self.steps)
      #expect(try run.checkpoints() == alone.checkpoints)
      #expect(try run.evaluationText() == alone.evaluation)
    }
  }
}

/// What a process holds of the machine.
private struct Footprint: CustomStringConvertible {
  var kilobytes: Int
  var descriptors: Int
  var description: String { "\(kilobytes) kB, \(descriptors) descriptors" }

  init(_ process: pid_t) throws {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    kilobytes = try #require(Int(line.filter(\.isNumber)))
    descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
  }
}

private func max(_ one: Footprint, _ other: Footprint) -> Footprint {
  var result = one
  result.kilobytes = Swift.max(one.kilobytes, other.kilobytes)
  result.descriptors = Swift.max(one.descriptors, other.descriptors)
  return result
}

extension RunFolder {
  fileprivate func lastStep() throws -> Int { try events("step").last?.step ?? 0 }
}
