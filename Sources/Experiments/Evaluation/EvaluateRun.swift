import Attacks
import Checkpoints
import DataParallel
import Datasets
import Evaluation
import Foundation
public import MessagePassing
import Networks
import Reports
import Tensors
import Training

/// `holdfast evaluate`: clean and robust accuracy of a run, a checkpoint, or anybody's weights.
public struct EvaluateRun {
  private let options: EvaluateOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: EvaluateOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Evaluates, writes the results, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    let setup = try EvaluationSetup(options, on: communicator, console: console)
    let diagnosis =
      options.diagnostics
      ? try SecurityDiagnosis(setup, transferFrom: options.transferFrom, console: console) : nil
    let folder = try openFolder(setup)
    if folder != nil { StopRequest.listen() }
    let session = EvaluationSession(
      evaluator: setup.evaluator, console: console, checkpoint: setup.checkpoint, limit: setup.limit,
      warnings: setup.warnings, folder: folder, images: setup.images,
      diagnosis: diagnosis)
    let report: EvaluationReport
    do {
      report = try session.run(setup.activeAttacks)
    } catch EvaluationError.stopped {
      setup.watchdog?.enter(.ending)
      console.note(
        "stopped on request; \(folder?.path ?? "")/\(EvaluationJournal.name) holds what was decided: --resume goes on"
      )
      return ExitStatus.stopped
    }
    try communicator.agree { try folder?.write(report) }
    if options.json {
      if communicator.isRoot { try console.print(json: report.record) }
    } else {
      console.print(report.table())
      if let folder { console.print("results: \(folder.path)/evaluation.json") }
    }
    setup.watchdog?.enter(.ending)
    return ExitStatus.success
  }

  /// Where verdicts and results go; nil where there is no place for them.
  private func openFolder(_ setup: EvaluationSetup) throws -> EvaluationFolder? {
    let identity = setup.identity(options.subject)
    let path = try communicator.agree { () -> String? in
      guard communicator.isRoot else { return nil }
      return try folderPath(setup, identity)
    }
    let agreed = try communicator.broadcast(path ?? "")
    guard !agreed.isEmpty else { return nil }
    return try EvaluationFolder(
      agreed, identity, mode: options.resume ? .resume : .new, on: communicator, console: console)
  }

  private func folderPath(_ setup: EvaluationSetup, _ identity: EvaluationIdentity) throws -> String? {
    if let output = options.output { return output }
    guard let run = setup.place.runDirectory else {
      guard options.resume else { return nil }
      throw ExperimentError.usage(
        "--resume needs --output to say where the interrupted evaluation of \(options.subject.target) is")
    }
    if options.resume {
      if let path = try EvaluationFolder.interrupted(in: run.evaluations, identity) { return path }
      console.note("no evaluation in \(run.evaluations) was interrupted: this is a new one")
    }
    let names = Set(setup.attacks.map(\.configuration.name.rawValue)).subtracting(["none"]).sorted()
    let stamp = Date().formatted(.iso8601.timeSeparator(.omitted))
    let base = run.evaluation("\(stamp)-\(names.isEmpty ? "clean" : names.joined(separator: "-"))")
    return ([base] + (2...1000).map { "\(base)-\($0)" }).first { !FileSystem.exists($0) } ?? base
  }
}
