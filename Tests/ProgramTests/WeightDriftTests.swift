import Foundation
import TestSupport
import Testing

@Suite("Weights that drift apart")
struct WeightDriftTests {
  /// The learning rate is too small to change a weight, so that they can be found in memory.
  private static let configuration = """
    data: {name: synthetic, samples: 640, testSamples: 24}
    model: {name: mlp, hidden: [40]}
    batch: {size: 16, microbatch: 4}
    epochs: 1000
    optimizer: {name: sgd, momentum: 0}
    schedule: {name: constant, learningRate: 1e-30}
    training: {method: standard}
    checkpoint: {everyEpochs: 0, everySteps: 0}
    watchdog: {compareWeightsEvery: 10}
    """
  private let host = ProcessInfo.processInfo.hostName

  @Test("A bit flipped in the memory of one rank is found, and the rank is named", arguments: [0, 1, 2])
  func flippedBit(rank: Int) async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 3, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 15, checkpoint: 0) }
        #expect(isUnderWay)
        let weights = try weightBytes(of: run)
        let flipped = try flipBit(of: weights, inMemoryOf: job.ranks[rank])
        #expect(flipped > 0, "the weights were not found")
      }

      #expect(result.exitCode == 70, "\(result.standardError)")
      let messages = result.messages(
        with: "the weights of rank \(rank) on \(host) differ from those of the other ranks")
      #expect(messages.count == 1, "\(result.standardError)")
      #expect(result.messages(with: "differ").count == 1)
      #expect(run.steps == [0])
      #expect(!FileManager.default.fileExists(atPath: run.url("evaluations").path))
    }
  }

  @Test("Of two ranks both are named")
  func noMajority() async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 2, in: run.directory) { job in
        let isUnderWay = try await job.wait { try run.hasReached(step: 15, checkpoint: 0) }
        #expect(isUnderWay)
        let weights = try weightBytes(of: run)
        _ = try flipBit(of: weights, inMemoryOf: job.ranks[1])
      }

      #expect(result.exitCode == 70, "\(result.standardError)")
      #expect(
        result.messages(with: "the weights of rank 0 on \(host), rank 1 on \(host) differ from each other")
          .count
          == 1)
    }
  }
}

/// Some weights of the first layer, as they lie in files and in memory.
private func weightBytes(of run: RunFolder) throws -> Data {
  let file = try Data(contentsOf: run.url(step: 0, "model.safetensors"))
  // The length of the header in eight bytes, the header, then tensors: a short bias at most comes before.
  let header = file.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
  let start = 8 + header + 1024
  return Data(file[start..<start + 128])
}

/// Flips a bit wherever a process holds `bytes` in memory of its own.
///
/// - Returns: how often they were found.
private func flipBit(of bytes: Data, inMemoryOf process: pid_t) throws -> Int {
  let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
  let memory = try FileHandle(forUpdating: URL(fileURLWithPath: "/proc/\(process)/mem"))
  defer { try? memory.close() }
  var found = 0
  for line in maps.split(separator: "\n") {
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
    // Anonymous memory, where the system's allocator keeps what is large.
    guard ends.count == 2, fields[1].hasPrefix("rw-p"), fields.count == 5 || fields[5] == "[heap]" else {
      continue
    }
    try memory.seek(toOffset: ends[0])
    guard let content = try? memory.read(upToCount: Int(ends[1] - ends[0])) else { continue }
    var start = content.startIndex
    while let match = content.range(of: bytes, in: start..<content.endIndex) {
      found += 1
      let offset = match.lowerBound + 5
      try memory.seek(toOffset: ends[0] + UInt64(offset - content.startIndex))
      try memory.write(contentsOf: Data([content[offset] ^ 0x10]))
      start = match.upperBound
    }
  }
  return found
}
