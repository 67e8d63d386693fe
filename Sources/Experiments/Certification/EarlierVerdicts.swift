import Attacks
import Evaluation
import Reports

/// The verdicts of an earlier evaluation, to be set against certificates.
struct EarlierVerdicts {
  private let folder: String
  private let verdicts: [SampleVerdict]
  /// The attacks of that evaluation that fit a threat model, with their number for messages.
  private let attacks: [EvaluationRecord.Attack]

  /// Reads an evaluation.
  ///
  /// - Parameter checkpoint: The weights that are certified.
  /// - Throws: `ExperimentError.usage` where the evaluation is of other weights.
  init(_ folder: String, checkpoint: EvaluationRecord.CheckpointIdentity) throws {
    self.folder = folder
    let record = try ReportFile.read(EvaluationRecord.self, from: "\(folder)/evaluation.json")
    guard record.checkpoint.sha256 == checkpoint.sha256 else {
      throw ExperimentError.usage(
        "\(folder) is of other weights: their SHA-256 is \(record.checkpoint.sha256.prefix(12))..., and that of "
          + "\(checkpoint.path) is \(checkpoint.sha256.prefix(12))...")
    }
    attacks = record.attacks
    verdicts = try SampleVerdict.read("\(folder)/verdicts.jsonl")
  }

  /// What attacks found under a threat model, by sample.
  ///
  /// - Returns: The breaks, and the attacks that were run.
  /// - Throws: `ExperimentError.usage` where the samples are not the same, or the threat is another.
  func breaks(_ threat: ThreatModel, clean: CleanResult) throws -> (breaks: [Bracket.Break?], attack: String)
  {
    let epsilon = threat.epsilon.asWritten
    let own = verdicts.filter { $0.norm == threat.norm.rawValue && $0.epsilon == epsilon }
    let names = attacks.filter { $0.norm == threat.norm.rawValue && $0.epsilon == epsilon }.map(\.name)
    guard !own.isEmpty, !names.isEmpty else {
      throw ExperimentError.usage("\(folder) holds no attack under \(threat.norm.rawValue) \(epsilon)")
    }
    var places: [Int: Int] = [:]
    for (place, index) in clean.sourceIndices.enumerated() { places[index] = place }
    var breaks = [Bracket.Break?](repeating: nil, count: clean.total)
    var isSeen = [Bool](repeating: false, count: clean.total)
    for verdict in own {
      guard let place = places[verdict.index] else { continue }
      let isWrong = clean.predictions[place] != clean.labels[place]
      guard verdict.label == clean.labels[place], (verdict.verdict == .cleanWrong) == isWrong else {
        throw ExperimentError.usage(
          "\(folder) is of other data or of another split: its sample \(verdict.index) has another class or another "
            + "clean verdict")
      }
      isSeen[place] = true
      if verdict.verdict == .broken {
        breaks[place] = Bracket.Break(predicted: verdict.predicted, by: verdict.by ?? verdict.attack)
      }
    }
    let missing = isSeen.count { !$0 }
    guard missing == 0 else {
      throw ExperimentError.usage(
        "\(folder) has no verdict for \(missing) of the \(clean.total) samples: use the same --split, and a --limit "
          + "that it covers")
    }
    return (breaks, Set(names).sorted().joined(separator: ", "))
  }
}
