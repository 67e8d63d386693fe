import Checkpoints
package import Reports

extension Leaderboard {
  /// One finished evaluation of a model.
  package struct Evaluation {
    /// What the model is called.
    package let model: String
    /// Where the evaluation lies.
    package let folder: String
    /// What it found.
    package let record: EvaluationRecord
    /// What became of each sample.
    package let verdicts: [SampleVerdict]

    /// Creates an evaluation.
    package init(model: String, folder: String, record: EvaluationRecord, verdicts: [SampleVerdict]) {
      self.model = model
      self.folder = folder
      self.record = record
      self.verdicts = verdicts
    }

    /// Whether each sample withstood every attack of this evaluation under a threat model, by index.
    func survivors(norm: String, epsilon: Double) -> [(index: Int, stands: Bool)] {
      var stands: [Int: Bool] = [:]
      for verdict in verdicts where verdict.norm == norm && verdict.epsilon == epsilon {
        let isRight = verdict.verdict == .undecided || verdict.verdict == .certified
        stands[verdict.index] = stands[verdict.index, default: true] && isRight
      }
      return stands.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }

  /// Finds the finished evaluations FOLDER/MODEL/NAME.
  ///
  /// - Returns: They, and the folders of those that were begun and not finished.
  /// - Throws: `ExperimentError.missing` where there are none; `ReportError` and `FileError` for damaged ones.
  package static func evaluations(in folder: String) throws -> (found: [Evaluation], unfinished: [String]) {
    guard FileSystem.isFolder(folder) else { throw ExperimentError.missing("there is no folder \(folder)") }
    var found: [Evaluation] = []
    var unfinished: [String] = []
    for model in try FileSystem.names(in: folder) where FileSystem.isFolder("\(folder)/\(model)") {
      for name in try FileSystem.names(in: "\(folder)/\(model)") {
        let path = "\(folder)/\(model)/\(name)"
        guard FileSystem.isFolder(path) else { continue }
        guard FileSystem.exists("\(path)/evaluation.json") else {
          unfinished.append(path)
          continue
        }
        found.append(
          Evaluation(
            model: model, folder: path,
            record: try ReportFile.read(EvaluationRecord.self, from: "\(path)/evaluation.json"),
            verdicts: try SampleVerdict.read("\(path)/verdicts.jsonl")))
      }
    }
    guard !found.isEmpty else {
      throw ExperimentError.missing(
        "\(folder) holds no finished evaluation (MODEL/NAME/evaluation.json): launch/benchmark.sh makes them")
    }
    return (found, unfinished)
  }
}
