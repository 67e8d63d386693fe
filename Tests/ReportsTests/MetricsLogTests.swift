import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("The metrics log")
struct MetricsLogTests {
  private static let noon = Date(timeIntervalSince1970: 1_700_000_000.25)

  private func open(_ path: String) throws -> MetricsLog {
    try MetricsLog(path: path) { Self.noon }
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
  }

  @Test("A line is a JSON object with event, time and the record's keys")
  func line() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    let log = try open(path)
    try log.append(ResumeRecord(step: 7, path: "a/b", ranks: 2))
    try log.append(
      StepRecord(step: 8, epoch: 0, loss: .nan, correct: 1, total: 2, learningRate: 0.1, seconds: 0.5))

    #expect(
      try lines(path) == [
        #"{"event":"resume","path":"a/b","ranks":2,"step":7,"time":"2023-11-14T22:13:20.250Z"}"#,
        #"{"correct":1,"epoch":0,"event":"step","learningRate":0.1,"loss":"nan","seconds":0.5,"step":8,"#
          + #""time":"2023-11-14T22:13:20.250Z","total":2}"#,
        "",
      ])
  }

  @Test("Every kind of record carries its event")
  func events() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    let log = try open(path)
    let count = AccuracyCount(correct: 1, total: 2)
    try log.append(EpochRecord(epoch: 0, step: 1, loss: 1, training: count, seconds: 1))
    try log.append(
      EvaluationMetrics(step: 1, split: "test", attack: "pgd", clean: count, robust: nil, seconds: 1))
    try log.append(CheckpointRecord(step: 1, path: "p", sha256: "s"))
    try log.append(StopRecord(step: 1))
    try log.append(WarningRecord("careful"))
    try log.append(
      GuardRecord(
        step: 3, guardName: "loss-spike", message: "m", probe: nil, goodStep: nil, stepSizeFactor: 1,
        stepsFactor: 1))

    let events = try lines(path).dropLast().map { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["event"] as? String
    }
    #expect(events == ["epoch", "evaluation", "checkpoint", "stop", "warning", "guard"])
  }

  @Test("Reopening appends, and goes on a new line after a torn one")
  func torn() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    try open(path).append(WarningRecord("one"))
    try open(path).append(WarningRecord("two"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try lines(path).count == 3)

    let torn = whole.dropLast(5)
    try torn.write(to: URL(fileURLWithPath: path))
    let log = try open(path)
    try log.append(WarningRecord("three"))
    try log.append(WarningRecord("four"))

    let after = try lines(path)
    #expect(after.count == 5)
    #expect(Data(after[1].utf8) == torn.dropFirst(after[0].utf8.count + 1))
    #expect(after[2].contains("three") && after[3].contains("four"))
  }

  @Test("Lines of several threads never mix")
  func concurrent() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    let log = try open(path)
    DispatchQueue.concurrentPerform(iterations: 200) { index in
      try? log.append(WarningRecord(String(repeating: "x", count: index)))
    }

    let messages = try lines(path).dropLast().map { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["message"] as? String
    }
    #expect(Set(messages.map { $0?.count }) == Set(0..<200))
  }

  @Test(
    "A full disk is an error that names the log",
    .enabled(if: FileManager.default.isWritableFile(atPath: "/dev/full"), "needs /dev/full"))
  func full() throws {
    let log = try open("/dev/full")
    let error = #expect(throws: FileError.self) { try log.append(WarningRecord("x")) }
    #expect(error?.code == ENOSPC)
    #expect(error?.path == "/dev/full")
    #expect(throws: FileError.self) { try open("/dev/full/metrics.jsonl") }
  }
}
