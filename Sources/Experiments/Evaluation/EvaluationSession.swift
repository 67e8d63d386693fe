import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// One evaluation: clean accuracy, then every attack at every radius, independently of each other.
struct EvaluationSession {
  let evaluator: RobustEvaluator
  let console: Console
  let checkpoint: EvaluationRecord.CheckpointIdentity
  /// Which samples of the split are used, where not all are.
  var limit: EvaluationRecord.Limit?
  /// What the reader should know beforehand, such as a limit on the samples.
  var warnings: [String] = []
  /// Where verdicts are kept as they are decided; nil where nothing is kept.
  var folder: EvaluationFolder?
  /// The images, of which some may be measured on.
  let images: LabeledImages
  /// What looks for more signs of false security behind the attacks; nil where nothing does.
  var diagnosis: SecurityDiagnosis?

  /// Measures, and says what came out as it comes.
  ///
  /// - Parameter attacks: What to attack with.
  /// - Throws: `EvaluationError.stopped` on all ranks where a signal asked for it.
  func run(_ attacks: [any Attack]) throws -> EvaluationReport {
    let clean = try measureClean()
    var report = EvaluationReport(
      record: EvaluationRecord(
        checkpoint: checkpoint, data: images.name, limit: limit,
        clean: AccuracyCount(correct: clean.correct, total: clean.total),
        attacks: [], warnings: warnings + Self.warnings(for: clean)))
    if attacks.isEmpty { report.verdicts = SampleVerdict.clean(clean) }
    let gradients = attacks.isEmpty ? nil : try evaluator.surveyGradients(of: clean)
    var results: [AttackResult] = []
    for (number, attack) in attacks.enumerated() {
      let progress = EvaluationProgress(
        attack, number: number, of: attacks.count, console: console, folder: folder)
      let result = try measure(attack, number: number, clean: clean, progress)
      results.append(result)
      let count = AccuracyCount(correct: result.correct, total: result.total)
      let norm = String(format: "%.6g", result.largestNorm)
      console.note(
        "robust accuracy under \(attack.label): \(describe(count)); largest perturbation \(norm) of "
          + "\(attack.threat.epsilon)")
      report.record.attacks.append(EvaluationRecord.Attack(result, count))
      report.verdicts += SampleVerdict.all(of: result)
      if folder != nil { try findExamples(of: result, number: number, into: &report) }
    }
    let signs = RobustnessWarnings(results, gradients: gradients, imageSize: images.imageSize).all
    for warning in try signs + (diagnosis?.warnings() ?? []) {
      console.warn(warning)
      report.record.warnings.append(warning)
    }
    return report
  }

  /// Classifies the clean images, and makes sure that an evaluation that goes on sees what it saw before.
  private func measureClean() throws -> CleanResult {
    let clean = try evaluator.measureClean()
    let count = AccuracyCount(correct: clean.correct, total: clean.total)
    console.note("clean accuracy \(describe(count))")
    guard let folder else { return clean }
    if let predictions = folder.decided.predictions {
      guard predictions == clean.predictions else {
        try failTogether(
          "\(folder.path)/\(EvaluationJournal.name) has other classes for the clean images than are found here, with "
            + "the same weights: go on with the CPU type, libraries and program that began it, or start anew")
        return clean
      }
    } else {
      try folder.journal?.append(predictions: clean.predictions)
    }
    return clean
  }

  private func measure(
    _ attack: any Attack, number: Int, clean: CleanResult, _ progress: EvaluationProgress
  ) throws -> AttackResult {
    let known = folder?.decided.chunks[number] ?? []
    if !known.isEmpty { console.note("\(attack.name): going on behind what \(folder?.path ?? "") holds") }
    do {
      return try evaluator.measure(attack, clean: clean, from: known, observer: progress)
    } catch let mismatch as ChunkMismatch {
      try failTogether(
        "\(folder?.path ?? "")/\(EvaluationJournal.name) contradicts itself in an entry of attack \(attack.name): "
          + "\(mismatch); move it away and start anew")
      throw mismatch
    } catch EvaluationError.stopped {
      progress.finish()
      try folder?.journal?.synchronize()
      throw EvaluationError.stopped
    }
  }

  /// Some images for people to look at.
  private func findExamples(of result: AttackResult, number: Int, into report: inout EvaluationReport) throws
  {
    let found = try evaluator.findExamples(
      of: result, broken: EvaluationReport.brokenExamples, withstanding: EvaluationReport.withstandingExamples
    )
    guard let found, evaluator.communicator.isRoot else { return }
    var examples = report.examples ?? ExampleFile(shape: images.imageShape)
    examples.examples[number] = AdversarialExample.all(
      found.clean, predictions: found.predictions, images: found.images, examples: found.examples,
      size: images.imageSize)
    report.examples = examples
  }

  /// Fails on all ranks together, which have all found the same, so that it is said once.
  private func failTogether(_ message: String) throws {
    try evaluator.communicator.agree { throw ExperimentError.badData(message) }
  }

  private func describe(_ count: AccuracyCount) -> String {
    let interval = count.ci95
    let first = limit == nil ? "" : "the first "
    return "\(percent(count)) (\(count.correct) of \(first)\(count.total), 95 % interval "
      + "\(fixed(100 * interval.lower, 2)) to \(fixed(100 * interval.upper, 2)) %)"
  }

  private static func warnings(for clean: CleanResult) -> [String] {
    let lost = clean.predictions.count { $0 < 0 }
    return lost == 0 ? [] : ["\(lost) samples have outputs that are not numbers; they count as misclassified"]
  }
}
