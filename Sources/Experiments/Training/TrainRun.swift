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

/// `holdfast train`: from a configuration to a run directory.
public struct TrainRun {
  private let options: TrainOptions
  private let communicator: Communicator
  private let console: Console

  /// Prepares the command on one rank.
  public init(_ options: TrainOptions, on communicator: Communicator) {
    self.options = options
    self.communicator = communicator
    console = Console(isSpeaker: communicator.isRoot)
  }

  /// Trains, keeps checkpoints, evaluates, and returns the exit code; called on all ranks together.
  public func run() throws -> Int32 {
    let start = ContinuousClock.now
    let configuration = try communicator.agree {
      try ExperimentConfiguration(file: options.configuration, overrides: options.overrides)
    }
    try communicator.requireSame([("command line", options.flags)])
    let watchdog = try options.dryRun ? nil : Watchdog(configuration.watchdog.limits, on: communicator)
    let agreement = try RankAgreement(on: communicator)
    for warning in agreement.warnings { console.warn(warning) }
    let experiment = try Experiment(configuration, threads: options.threads, on: communicator)
    experiment.model.watchdog = watchdog
    let plan = TrainingPlan(experiment)
    if options.dryRun {
      let output = options.output ?? "runs/\(configuration.name)"
      try plan.print(to: console, output: output, since: start, asJSON: options.json)
      return ExitStatus.success
    }
    let directory = try communicator.agree { try openDirectory(configuration) }
    console.note(plan.headline)
    experiment.threadPlan.announce(on: console)
    for warning in plan.warnings { console.warn(warning) }

    let learner = try experiment.makeLearner()
    StopRequest.listen()
    let (end, log) = try train(learner, experiment, in: directory, warnings: agreement.warnings)
    if end == .stopped {
      watchdog?.enter(.ending)
      console.note("stopped on request with a checkpoint in \(directory.checkpoints): --resume goes on")
      return ExitStatus.stopped
    }
    do {
      try evaluate(experiment, in: directory, log: log)
    } catch EvaluationError.stopped {
      watchdog?.enter(.ending)
      console.note("stopped on request in the evaluation at the end of \(directory.path): --resume goes on")
      return ExitStatus.stopped
    }
    watchdog?.enter(.ending)
    return ExitStatus.success
  }

  /// Only rank 0 touches the directory.
  private func openDirectory(_ configuration: ExperimentConfiguration) throws -> RunDirectory {
    let path = options.output ?? "runs/\(configuration.name)"
    guard communicator.isRoot else { return RunDirectory(path) }
    return try RunDirectory.open(
      path, mode: options.overwrite ? .overwrite : options.resume ? .resume : .create)
  }

  private func train(
    _ learner: Learner, _ experiment: Experiment, in directory: RunDirectory, warnings: [String]
  ) throws -> (TrainingEnd, RunLog?) {
    let configuration = experiment.configuration
    // Read before it is opened for writing, which a run that is refused must not take from one that is under way.
    let readable = communicator.isRoot ? CheckpointStore(reading: directory.checkpoints) : nil
    let resumed = options.resume ? try learner.resume(from: readable, identity: experiment.identity) : nil
    let store = try communicator.agree {
      communicator.isRoot ? try CheckpointStore(writing: directory.checkpoints) : nil
    }
    let machines = try gatherMachines()
    let log = try communicator.agree {
      communicator.isRoot
        ? try startFiles(
          experiment, machines, in: directory, resumedStep: resumed?.state.step, warnings: warnings) : nil
    }
    let keep = configuration.checkpoint.keep
    let checkpointing = store.map { store in
      // Called while the next steps are taken.
      Checkpointing(store, keep: keep) { [metrics = log?.metrics] reference in
        try metrics?.append(
          CheckpointRecord(step: reference.step, path: reference.path, sha256: reference.modelSHA256))
      }
    }
    let trainer = Trainer(
      learner, positions: experiment.data.split.training, experiment.trainerSettings,
      observer: try RunObserver(experiment, console: console, log: log),
      checkpointing: checkpointing)
    if let resumed {
      try trainer.resume(from: resumed.state)
      for warning in resumed.warnings {
        console.warn(warning)
        try log?.append(WarningRecord(warning))
      }
      console.note("resuming behind step \(resumed.state.step) from \(resumed.path)")
      try log?.append(
        ResumeRecord(step: resumed.state.step, path: resumed.path, ranks: communicator.size))
    }
    let end = try trainer.run()
    // On the disk, since a launcher that is stopped as well may lose what is printed.
    if end == .stopped { try log?.append(StopRecord(step: trainer.position.step)) }
    return (end, log)
  }

  private func gatherMachines() throws -> [Machine] {
    let own = String(decoding: try JSONEncoder().encode(Machine.current()), as: UTF8.self)
    return try communicator.allGather(own).map {
      try JSONDecoder().decode(Machine.self, from: Data($0.utf8))
    }
  }

  private func startFiles(
    _ experiment: Experiment, _ machines: [Machine], in directory: RunDirectory, resumedStep: Int?,
    warnings: [String]
  ) throws -> RunLog {
    try AtomicFile.write(experiment.configuration.resolvedYAML, to: directory.configuration)
    try ReportFile.write(experiment.manifest(machines: machines), to: directory.manifest)
    let log = try RunLog(directory, resumedStep: resumedStep, experiment.configuration)
    for warning in warnings { try log.append(WarningRecord(warning)) }
    for warning in experiment.data.dataset.warnings {
      console.warn(warning)
      try log.append(WarningRecord(warning))
    }
    return log
  }

  /// Measures the best checkpoint, or the latest where nothing was validated, on the test split.
  ///
  /// - Throws: `EvaluationError.stopped` on all ranks where a signal asked for it.
  private func evaluate(_ experiment: Experiment, in directory: RunDirectory, log: RunLog?) throws {
    let configuration = experiment.configuration
    let store = CheckpointStore(reading: directory.checkpoints)
    let checkpoint = try communicator.agree { () -> LoadedCheckpoint? in
      guard communicator.isRoot else { return nil }
      let checkpoint = try store.load(.bestOrLatest)
      try experiment.model.parameters.load(checkpoint.contents.model)
      return checkpoint
    }
    try experiment.model.shareParameters()
    let images = experiment.data.dataset.test
    console.note("evaluating \(checkpoint?.reference.path ?? "") on \(images.name)")
    let attacks = configuration.evaluation.final.map {
      PlannedAttack(configuration: $0, threat: configuration.threat.model)
    }
    let identity = EvaluationIdentity(
      checkpoint: checkpoint?.reference.modelSHA256 ?? "", experiment, split: "test", samples: images.count,
      seed: configuration.seed, attacks: attacks)
    let folder = try EvaluationFolder(
      directory.evaluation("final"), identity, mode: .resumeOrReplace, on: communicator, console: console)
    let session = EvaluationSession(
      evaluator: try RobustEvaluator(
        experiment.model, images: images, positions: Array(0..<images.count), seed: configuration.seed,
        onRootOnly: configuration.evaluation.on == .rank0),
      console: console,
      checkpoint: .init(
        path: checkpoint?.reference.path ?? "", sha256: checkpoint?.reference.modelSHA256 ?? ""),
      warnings: experiment.data.dataset.warnings, folder: folder, images: images)
    let report = try session.run(
      attacks.compactMap { $0.makeAttack(outputs: experiment.architecture.outputs) })
    try communicator.agree {
      try folder.write(report)
      try log?.didEvaluate(report, step: checkpoint?.reference.step ?? 0)
    }
    console.print(report.table())
    if communicator.isRoot { writeReport(directory) }
    console.print("results: \(folder.path)/evaluation.json")
  }

  /// The run is complete without a report: one that cannot be written is no reason to fail.
  private func writeReport(_ directory: RunDirectory) {
    do {
      let name = URL(fileURLWithPath: directory.path).lastPathComponent
      let html = try RunReport([ReportedRun(reading: directory, name: name)]).html()
      try AtomicFile.write(html, to: directory.report)
      console.note("report: \(directory.report)")
    } catch {
      console.warn("there is no \(directory.report): \(error)")
    }
  }
}
