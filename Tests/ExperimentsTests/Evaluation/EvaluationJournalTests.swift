import Evaluation
import Experiments
import Foundation
import TestSupport
import Testing

@Suite("The journal of an evaluation")
struct EvaluationJournalTests {
  private static let identity = EvaluationIdentity(["seed": "1", "limit": "60", "attacks": "pgd"])

  private static func chunk(_ number: Int) -> AttackChunk {
    AttackChunk(
      stage: 0, by: "pgd", restart: number, from: 0, to: 3, of: 3,
      broken: [.init(index: number, predicted: 7), .init(index: 100 + number, predicted: -1)],
      maxNorm: 0.1 + 0.2 * Double(number), seconds: 1.5)
  }

  /// A journal of two attacks.
  private func write(in folder: URL) throws {
    let journal = try EvaluationJournal(in: folder.path, keeping: 0, identity: Self.identity)
    try journal.append(predictions: [3, 1, -1])
    try journal.append(Self.chunk(0), ofAttack: 0)
    try journal.append(Self.chunk(1), ofAttack: 0)
    try journal.append(Self.chunk(2), ofAttack: 1)
    try journal.synchronize()
  }

  private func file(in folder: URL) -> URL { folder.appendingPathComponent("journal.jsonl") }

  @Test("What was written is read")
  func roundTrip() throws {
    try withTemporaryDirectory { folder in
      #expect(try FoundJournal(in: folder.path) == nil)
      try write(in: folder)
      let found = try #require(try FoundJournal(in: folder.path))

      #expect(found.identity == Self.identity)
      #expect(found.decided.predictions == [3, 1, -1])
      #expect(found.decided.chunks == [0: [Self.chunk(0), Self.chunk(1)], 1: [Self.chunk(2)]])
      #expect(found.tornBytes == 0)
      #expect(found.length == (try Data(contentsOf: file(in: folder))).count)
    }
  }

  @Test("Cut at any byte, the whole lines before it count, and writing goes on behind them")
  func torn() throws {
    try withTemporaryDirectory { folder in
      try write(in: folder)
      let whole = try Data(contentsOf: file(in: folder))
      let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
      #expect(ends.count == 5)
      for length in whole.indices {
        try whole.prefix(length).write(to: file(in: folder))
        let found = try FoundJournal(in: folder.path)
        let kept = ends.last { $0 <= length } ?? 0

        #expect(found?.length ?? 0 == kept, "cut at \(length)")
        let lines = ends.count { $0 <= length }
        #expect(found?.decided.chunks.values.map(\.count).reduce(0, +) ?? 0 == max(lines - 2, 0))
        guard let found, length % 37 == 0 else { continue }
        let journal = try EvaluationJournal(in: folder.path, keeping: found.length, identity: Self.identity)
        try journal.append(Self.chunk(9), ofAttack: 4)
        let again = try #require(try FoundJournal(in: folder.path))
        #expect(again.decided.chunks[4] == [Self.chunk(9)])
        #expect(again.tornBytes == 0)
      }
    }
  }

  @Test("Nothing behind a line that is none of its own counts")
  func garbage() throws {
    try withTemporaryDirectory { folder in
      try write(in: folder)
      var bytes = try Data(contentsOf: file(in: folder))
      let lines = bytes.split(separator: UInt8(ascii: "\n"))
      let second = lines[0].count + 1
      // As after a loss of power: the file has its length, and zeros for contents.
      bytes.replaceSubrange(second + 3..<second + 9, with: Data(count: 6))
      try bytes.write(to: file(in: folder))
      let found = try #require(try FoundJournal(in: folder.path))

      #expect(found.length == second)
      #expect(found.decided == DecidedChunks())
    }
  }

  @Test("A file of another kind is left alone")
  func foreign() throws {
    try withTemporaryDirectory { folder in
      try Data("{\"event\": \"step\"}\n".utf8).write(to: file(in: folder))
      let error = #expect(throws: ExperimentError.self) { try FoundJournal(in: folder.path) }

      #expect(error?.description.contains("is no journal of an evaluation") == true)
    }
  }

  @Test("One process at a time")
  func locked() throws {
    try withTemporaryDirectory { folder in
      let first = try EvaluationJournal(in: folder.path, keeping: 0, identity: Self.identity)
      let error = #expect(throws: ExperimentError.self) {
        try EvaluationJournal(in: folder.path, keeping: 0, identity: Self.identity)
      }
      #expect(error?.description.contains("another evaluation") == true)
      try first.synchronize()
    }
  }

  @Test("Differences are named with both values")
  func differences() {
    let other = EvaluationIdentity(["seed": "2", "attacks": "pgd", "split": "test"])

    #expect(
      Self.identity.differences(from: other) == [
        "limit (60 instead of none)", "seed (1 instead of 2)", "split (none instead of test)",
      ])
    #expect(Self.identity.differences(from: Self.identity) == [])
  }
}
