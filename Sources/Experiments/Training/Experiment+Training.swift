import DataParallel
import Datasets
import Kernels
import MessagePassing
import Networks
import Reports
import Training

extension Experiment {
  /// The settings of the training loop.
  var trainerSettings: Trainer.Settings {
    var settings = Trainer.Settings(
      method: configuration.makeMethod(outputs: architecture.outputs),
      schedule: configuration.schedule.learningRates, batchSize: configuration.batch.size,
      epochs: configuration.epochs,
      cadence: Checkpointing.Cadence(
        everyEpochs: configuration.checkpoint.everyEpochs, everySteps: configuration.checkpoint.everySteps,
        keep: configuration.checkpoint.keep),
      comparisonInterval: configuration.watchdog.compareWeightsEvery,
      identity: identity, environment: environment)
    settings.averaging = configuration.averaging.averaging
    settings.epsilonWarmup = configuration.training.epsilonWarmup
    settings.gradientLimit = configuration.optimizer.clipNorm > 0 ? configuration.optimizer.clipNorm : nil
    settings.guards = configuration.guards.guards
    return settings
  }

  /// What takes the optimizer steps; all ranks call.
  ///
  /// - Throws: `ExperimentError` on all ranks where the augmentation does not fit the images.
  func makeLearner() throws -> Learner {
    let images = data.dataset.train
    let settings = configuration.data.augmentation
    try model.communicator.agree {
      guard settings.crop < min(images.height, images.width) else {
        throw ExperimentError.usage(
          "data.augmentation.crop is \(settings.crop), and images of \(images.name) have "
            + "\(images.height)x\(images.width) pixels: nothing might be left of them")
      }
    }
    return try Learner(
      model: model, optimizer: Optimizer(configuration.optimizer.rule, model.network.parameterLayout),
      images: images, seed: configuration.seed,
      augmentation: settings.isActive ? ImageAugmentation(crop: settings.crop, flip: settings.flip) : nil)
  }

  /// What the run is computed with: where this differs, bits may.
  var environment: [String: String] {
    [
      "instructionSet": InstructionSet.selected.description, "oneDNN": OneDNN.version,
      "kernels": model.network.implementations.joined(separator: " "),
      "cpu": Machine.current().cpu ?? "unknown",
    ]
  }

  /// The manifest of a run that starts now.
  func manifest(machines: [Machine]) -> RunManifest {
    RunManifest(
      versions: ["oneDNN": OneDNN.version, "mpi": MPILibrary.name], machines: machines,
      threadsPerRank: threads, instructionSet: InstructionSet.selected.description, seed: configuration.seed,
      data: ["source": data.dataset.source, "sha256": data.fingerprint], notes: environment)
  }
}
