import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
public import MessagePassing
import Networks
import Reports

/// `holdfast certify`: what can be proven of a run, a checkpoint, or anybody's weights, and the bracket around robust
/// accuracy.
public struct CertifyRun {
  private let options: CertifyOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: CertifyOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Certifies, writes the results, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    let setup = try EvaluationSetup(
      options.subject, identity: options.identity, on: communicator, console: console
    ) { configuration in
      _ = try CertifyPlan(options, configuration)
      try requireNewFolder()
      return []
    }
    let plan = try CertifyPlan(options, setup.configuration)
    let clean = try setup.evaluator.measureClean()
    let cleanCount = AccuracyCount(correct: clean.correct, total: clean.total)
    console.note("clean accuracy \(describe(cleanCount))")
    var report = CertificationReport(
      record: EvaluationRecord(
        checkpoint: setup.checkpoint, data: setup.images.name, limit: setup.limit, clean: cleanCount,
        attacks: [],
        warnings: setup.warnings))
    switch plan.method {
    case .each(let method):
      try certify(method, plan, setup, clean, into: &report)
    case .smoothing(let smoothing, let predicts):
      let evaluator = try SmoothingEvaluator(
        setup.experiment.model, images: setup.images, positions: setup.positions, seed: setup.seed,
        onRootOnly: setup.onRootOnly)
      let result = try predicts ? evaluator.predict(smoothing) : evaluator.certify(smoothing)
      report.append(result, plan.threats, predicts: predicts)
    }
    let folder = try communicator.agree { try write(report, of: setup.place) }
    if options.json {
      if communicator.isRoot { try console.print(json: report.record) }
    } else {
      console.print(report.table())
      if let folder { console.print("results: \(folder)/evaluation.json") }
    }
    setup.watchdog?.enter(.ending)
    return ExitStatus.success
  }

  // MARK: - The bracket

  private func certify(
    _ method: CertificateMethod, _ plan: CertifyPlan, _ setup: EvaluationSetup, _ clean: CleanResult,
    into report: inout CertificationReport
  ) throws {
    let evaluator = try CertificateEvaluator(
      setup.experiment.model, images: setup.images, positions: setup.positions, onRootOnly: setup.onRootOnly)
    let earlier = try communicator.agree {
      try communicator.isRoot
        ? options.earlier.map { try EarlierVerdicts($0, checkpoint: setup.checkpoint) } : nil
    }
    for (threat, attack) in zip(plan.threats, plan.attacks) {
      let result = try evaluator.certify(
        method, threat, clean: clean, keepsMargins: options.keepsBounds)
      let count = AccuracyCount(correct: result.certified, total: clean.total)
      console.note(
        "certified by \(method.name) under \(threat.norm.rawValue) \(threat.epsilon): \(describe(count)), "
          + "in \(fixed(result.seconds, 1)) s")
      var breaks = [Bracket.Break?](repeating: nil, count: clean.total)
      var attackName: String?
      if let attack = attack?.makeAttack(threat: threat, outputs: setup.experiment.architecture.outputs) {
        let found = try self.attack(attack, result, setup)
        breaks = found.breaks
        attackName = attack.name
        if let record = found.record { report.record.attacks.append(record) }
      } else if let known = try communicator.agree({ try earlier?.breaks(threat, clean: clean) }) {
        (breaks, attackName) = known
      }
      // Verdicts of an earlier evaluation are known to rank 0 alone.
      let bracket = try communicator.agree { try Bracket(result, breaks: breaks) }
      report.append(result, bracket, attack: attackName)
    }
  }

  /// Attacks what is not certified.
  private func attack(
    _ attack: any Attack, _ result: CertificateResult, _ setup: EvaluationSetup
  ) throws -> (breaks: [Bracket.Break?], record: EvaluationRecord.Attack?) {
    let clean = result.clean
    var breaks = [Bracket.Break?](repeating: nil, count: clean.total)
    let open = clean.labels.indices.filter { place in
      if case .proven = result.findings[place] { return false }
      return clean.predictions[place] == clean.labels[place]
    }
    if open.isEmpty { return (breaks, nil) }
    let evaluator = try RobustEvaluator(
      setup.experiment.model, images: setup.images, positions: open.map { setup.positions[$0] },
      seed: setup.seed, onRootOnly: setup.onRootOnly)
    let found = try evaluator.measure(attack, clean: evaluator.measureClean())
    for (place, (isBroken, predicted)) in zip(open, zip(found.broken, found.predictions)) where isBroken {
      breaks[place] = Bracket.Break(predicted: predicted, by: attack.name)
    }
    let count = AccuracyCount(correct: clean.correct - breaks.count { $0 != nil }, total: clean.total)
    console.note("not broken by \(attack.label), certified samples spared: \(describe(count))")
    return (breaks, EvaluationRecord.Attack(found, count))
  }

  private func describe(_ count: AccuracyCount) -> String {
    let interval = count.ci95
    return "\(percent(count)) (\(count.correct) of \(count.total), 95 % interval "
      + "\(fixed(100 * interval.lower, 2)) to \(fixed(100 * interval.upper, 2)) %)"
  }

  // MARK: - Results

  private func requireNewFolder() throws {
    guard communicator.isRoot, let output = options.output else { return }
    if FileSystem.exists("\(output)/evaluation.json") {
      throw ExperimentError.usage("\(output) already holds an evaluation: choose another --output")
    }
  }

  /// Writes on rank 0; nil where there is no place for results.
  private func write(_ report: CertificationReport, of place: EvaluationTarget.Place) throws -> String? {
    guard communicator.isRoot else { return nil }
    if let output = options.output {
      try report.write(to: output)
      return output
    }
    guard let run = place.runDirectory else { return nil }
    let stamp = Date().formatted(.iso8601.timeSeparator(.omitted))
    let base = run.evaluation("\(stamp)-certify-\(options.method)")
    let folder =
      ([base] + (2...1000).map { "\(base)-\($0)" }).first { !FileSystem.exists($0) } ?? base
    try report.write(to: folder)
    return folder
  }
}
