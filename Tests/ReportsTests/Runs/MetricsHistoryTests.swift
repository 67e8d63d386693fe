import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("What happened in a run")
struct MetricsHistoryTests {
  private func step(_ number: Int, loss: Double) -> StepRecord {
    StepRecord(step: number, epoch: 0, loss: loss, correct: 1, total: 2, learningRate: 0.1, seconds: 0.5)
  }

  private func history(_ write: (MetricsLog) throws -> Void) throws -> MetricsHistory {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    try write(try MetricsLog(path: path) { Date(timeIntervalSince1970: 1_700_000_000) })
    return try MetricsHistory(contentsOf: path)
  }

  @Test("Every kind of line comes back")
  func kinds() throws {
    let count = AccuracyCount(correct: 1, total: 2)
    let epoch = EpochRecord(
      epoch: 0, step: 1, loss: .infinity, training: count, seconds: 1,
      phases: PhaseSeconds(attack: 0.5, gradient: 0.25, reduction: 0.125, waiting: 0.0625, other: 0.0625))
    let evaluation = EvaluationMetrics(
      step: 1, split: "validation", attack: "pgd-20", clean: count, robust: nil, seconds: 1)
    let intervention = GuardRecord(
      step: 1, guardName: "loss-spike", message: "m", probe: .init(singleStep: 1, multiStep: 2, total: 3),
      goodStep: 0, stepSizeFactor: 0.5, stepsFactor: 1)

    let history = try history { log in
      try log.append(step(1, loss: .nan))
      try log.append(epoch)
      try log.append(evaluation)
      try log.append(CheckpointRecord(step: 1, path: "p", sha256: "s"))
      try log.append(intervention)
      try log.append(WarningRecord("careful"))
      try log.append(WarningRecord("careful"))
      try log.append(StopRecord(step: 1))
    }

    #expect(history.steps.map(\.loss.isNaN) == [true])
    #expect(history.epochs == [epoch])
    #expect(history.evaluations == [evaluation])
    #expect(history.interventions == [intervention])
    #expect(history.warnings == ["careful"])
    #expect(history.starts.map(\.step) == [0])
    #expect(history.span?.first == "2023-11-14T22:13:20.000Z")
    #expect(history.unreadableLines == 0)
  }

  @Test("What a resumption supersedes does not count")
  func resumed() throws {
    let count = AccuracyCount(correct: 1, total: 2)
    let history = try history { log in
      for number in 1...4 { try log.append(step(number, loss: Double(number))) }
      try log.append(EpochRecord(epoch: 0, step: 4, loss: 4, training: count, seconds: 1))
      try log.append(ResumeRecord(step: 2, path: "p", ranks: 3))
      for number in 3...4 { try log.append(step(number, loss: Double(10 * number))) }
      try log.append(EpochRecord(epoch: 0, step: 4, loss: 40, training: count, seconds: 1))
    }
    #expect(history.steps.map(\.step) == [1, 2, 3, 4])
    #expect(history.steps.map(\.loss) == [1, 2, 30, 40])
    #expect(history.epochs.map(\.loss) == [40])
    #expect(history.starts.map(\.step) == [0, 2])
    #expect(history.starts.map(\.ranks) == [nil, 3])
  }

  @Test("Torn lines are counted, kinds that nobody knows are passed over")
  func torn() throws {
    let lines = """
      {"event":"step","correct":1,"ep
      {"event":"dream","time":"2023-11-14T22:13:20.000Z","step":1}

      {"event":"warning","message":"w","time":"2023-11-14T22:13:20.000Z"}
      [1, 2
      """
    let history = MetricsHistory(Data(lines.utf8))
    #expect(history.unreadableLines == 2)
    #expect(history.warnings == ["w"])
  }

  @Test("Lines of earlier versions, without phases, are understood")
  func earlier() {
    let line = """
      {"epoch":0,"event":"epoch","loss":1.5,"seconds":2,"step":7,"time":"t","training":{"accuracy":0.5,"ci95":[0,1],\
      "correct":1,"total":2}}
      """
    let history = MetricsHistory(Data(line.utf8))
    #expect(history.epochs.map(\.step) == [7])
    #expect(history.epochs.first?.phases == nil)
  }
}
