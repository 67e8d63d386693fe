import Checkpoints
import Foundation

/// An evaluation of a run, as it lies in its folder.
public struct ReportedEvaluation: Sendable, Equatable {
  /// The name of its folder.
  public let id: String
  /// What was found.
  public let record: EvaluationRecord
  /// The verdicts by attack, in the order of `record.attacks` or `record.brackets`; empty where they are not at hand.
  public let verdicts: [VerdictBlock]
  /// Some adversarial examples; nil where they are not at hand.
  public let examples: ExampleFile?

  /// Creates an evaluation.
  public init(
    id: String, record: EvaluationRecord, verdicts: [VerdictBlock] = [], examples: ExampleFile? = nil
  ) {
    self.id = id
    self.record = record
    self.verdicts = verdicts
    self.examples = examples
  }

  /// Reads the folder of an evaluation.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - classes: The classes of the data set, as far as they are known.
  ///   - problems: Gets a sentence for each file that cannot be used.
  /// - Returns: Nil where there is no record of results; that is no problem while an evaluation is under way.
  init?(folder: String, classes: Int, problems: inout [String]) {
    func attempt<Value>(_ file: String, _ read: (String) throws -> Value) -> Value? {
      let path = "\(folder)/\(file)"
      guard FileSystem.exists(path) else { return nil }
      do {
        return try read(path)
      } catch {
        problems.append("\(error)")
        return nil
      }
    }
    guard
      let record = attempt("evaluation.json", { try ReportFile.read(EvaluationRecord.self, from: $0) })
    else { return nil }
    id = (folder as NSString).lastPathComponent
    self.record = record
    examples = attempt(ExampleFile.name) { try ExampleFile(contentsOf: $0) }
    verdicts =
      attempt("verdicts.jsonl") { path in
        let lines = try SampleVerdict.read(path)
        guard let blocks = VerdictBlock.all(lines, total: record.clean.total, classes: classes) else {
          throw ReportError.unreadable(
            path: path, reason: "\(lines.count) lines are not those of \(record.clean.total) samples")
        }
        return blocks
      } ?? []
  }

  /// The verdicts under an attack of the record.
  func verdicts(ofAttack place: Int) -> VerdictBlock? {
    let attack = record.attacks[place]
    if verdicts.count == record.attacks.count { return verdicts[place] }
    return verdicts.first {
      $0.attack == attack.name && $0.norm == attack.norm && $0.epsilon == attack.epsilon
    }
  }
}
