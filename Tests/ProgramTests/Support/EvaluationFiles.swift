import Foundation

/// What these tests read of `evaluation.json`.
struct EvaluationFile: Decodable {
  struct Count: Decodable {
    let correct: Int
    let total: Int
  }
  struct Attack: Decodable {
    let name: String
    let epsilon: Double
    let correct: Int
    let total: Int
    let maxNorm: Double
  }
  struct Checkpoint: Decodable {
    let path: String
    let sha256: String
  }

  let checkpoint: Checkpoint
  let clean: Count
  let attacks: [Attack]
}

/// A line of `verdicts.jsonl`.
struct Verdict: Decodable {
  let index: Int
  let label: Int
  let predicted: Int
  let verdict: String
  let attack: String
}

extension RunFolder {
  /// The evaluation at the end of training.
  func evaluation() throws -> EvaluationFile {
    try JSONDecoder().decode(
      EvaluationFile.self, from: Data(contentsOf: url("evaluations/final/evaluation.json")))
  }

  /// Its verdicts.
  func verdicts() throws -> [Verdict] {
    try Data(contentsOf: url("evaluations/final/verdicts.jsonl")).split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(Verdict.self, from: $0) }
  }

  /// Both files of the evaluation as text, without the time it took.
  func evaluationText() throws -> String {
    let record = try JSONSerialization.jsonObject(
      with: Data(contentsOf: url("evaluations/final/evaluation.json")))
    let timeless = try JSONSerialization.data(withJSONObject: withoutSeconds(record), options: [.sortedKeys])
    let verdicts = try Data(contentsOf: url("evaluations/final/verdicts.jsonl"))
    return String(decoding: timeless + verdicts, as: UTF8.self)
  }
}

/// A JSON value without the keys that say how long things took.
func withoutSeconds(_ value: Any) -> Any {
  if let object = value as? [String: Any] {
    return object.filter { $0.key != "seconds" }.mapValues(withoutSeconds)
  }
  if let array = value as? [Any] { return array.map(withoutSeconds) }
  return value
}
