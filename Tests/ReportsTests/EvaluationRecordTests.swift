import Checkpoints
import Foundation
import Reports
import TestSupport
import Testing

@Suite("Evaluation files")
struct EvaluationRecordTests {
  private let record = EvaluationRecord(
    checkpoint: .init(path: "runs/a/checkpoints/step-00000468/model.safetensors", sha256: "ab"),
    clean: AccuracyCount(correct: 97, total: 100),
    attacks: [
      .init(
        name: "autoattack", norm: "linf", epsilon: 0.3, steps: 100, stepSize: 0.01, restarts: 1,
        count: AccuracyCount(correct: 40, total: 100), maxNorm: 0.3, seconds: 1.5,
        stages: [
          .init(name: "apgd-ce", correct: 45, seconds: 1), .init(name: "square", correct: 40, seconds: 0.5),
        ])
    ],
    certified: .init(
      method: "ibp", norm: "linf", epsilon: 0.3, count: AccuracyCount(correct: 10, total: 100), seconds: 2),
    warnings: ["w"])

  @Test("evaluation.json has the documented keys")
  func keys() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/evaluations/final/evaluation.json"
    try ReportFile.write(record, to: path)

    let file = try Data(contentsOf: URL(fileURLWithPath: path))
    let object = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
    let attack = try #require((object["attacks"] as? [[String: Any]])?.first)
    let stage = try #require((attack["stages"] as? [[String: Any]])?.first)

    #expect(Set(object.keys) == ["checkpoint", "clean", "attacks", "certified", "warnings"])
    #expect(Set((object["checkpoint"] as? [String: Any] ?? [:]).keys) == ["path", "sha256"])
    #expect(Set((object["clean"] as? [String: Any] ?? [:]).keys) == ["correct", "total", "accuracy", "ci95"])
    #expect(
      Set(attack.keys) == [
        "name", "norm", "epsilon", "steps", "stepSize", "restarts", "correct", "total", "accuracy", "ci95",
        "maxNorm", "seconds", "stages",
      ])
    #expect(Set(stage.keys) == ["name", "correct", "seconds"])
    #expect(attack["accuracy"] as? Double == 0.4)
    #expect(try ReportFile.read(EvaluationRecord.self, from: path) == record)
  }

  @Test("A file of another kind is refused with its path")
  func otherKind() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/evaluation.json"
    try AtomicFile.write("[1, 2", to: path)
    let error = #expect(throws: ReportError.self) { try ReportFile.read(EvaluationRecord.self, from: path) }
    #expect(error?.description.contains(path) == true)
  }

  @Test("Verdicts are one line each, with the documented words")
  func verdicts() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/verdicts.jsonl"
    let outcomes: [SampleVerdict.Outcome] = [.cleanWrong, .broken, .certified, .undecided]
    let verdicts = outcomes.enumerated().map { index, outcome in
      SampleVerdict(
        index: index, label: 3, predicted: 8, verdict: outcome, by: outcome == .broken ? "apgd-ce" : nil,
        attack: "autoattack", norm: "linf", epsilon: 0.3)
    }

    try SampleVerdict.write(verdicts, to: path)

    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(
      lines[1] == """
        {"attack":"autoattack","by":"apgd-ce","epsilon":0.3,"index":1,"label":3,"norm":"linf","predicted":8,\
        "verdict":"broken"}
        """)
    #expect(lines[0].contains("\"clean-wrong\""))
    #expect(try SampleVerdict.read(path) == verdicts)

    try AtomicFile.write(lines[0] + "\n{\"index\":", to: path)
    let error = #expect(throws: ReportError.self) { try SampleVerdict.read(path) }
    #expect(error?.description.contains("line 2") == true)
  }
}
