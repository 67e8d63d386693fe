import Attacks
import DataParallel
import Datasets
import Foundation
import MessagePassing
import Networks
import Tensors
import Training

extension Experiment {
  /// Runs a few seconds of all that a run does, and tells what the whole will cost; all ranks call together.
  ///
  /// - Parameters:
  ///   - output: The folder of the run to come, beside which a checkpoint is written and removed.
  ///   - start: When the program was started.
  /// - Returns: The forecast, and what could not be measured.
  func forecast(
    output: String, since start: ContinuousClock.Instant
  ) throws -> (forecast: TrainingForecast, warnings: [String]) {
    let settings = trainerSettings
    let positions = data.split.training
    let startUp = (ContinuousClock.now - start).inSeconds
    let learner = try makeLearner()
    let stretches = try StretchForecast.measure(
      learner, positions: positions, settings: settings, starts: configuration.startsOfStretches)
    let position = settings.start(samples: positions.count)

    let probe = try AttackProbe(self)
    let held = data.split.validation.count
    let validates = held > 0 && configuration.evaluation.everyEpochs > 0
    let validation = try validates ? forecastValidation(probe, samples: held) : nil
    let (guardProbes, guardProbeSeconds) = try forecastGuards(position, probe)
    let attacks = [withoutAttack] + configuration.evaluation.final.filter { $0.name != .none }
    let evaluation = try attacks.map { try probe.forecast($0, samples: data.dataset.test.count) }
    let (checkpoints, warning) = try CheckpointForecast.measure(
      learner, settings, output: output, count: checkpointCount(position, settings))
    let megabytes = try model.communicator.allReduce(Self.peakMegabytes + laterMegabytes, .maximum)
    let trainingSeconds = trainingSeconds(stretches, samples: positions.count)
    var forecast = TrainingForecast(
      steps: position.totalSteps, stepsPerEpoch: position.stepsPerEpoch, stretches: stretches,
      trainingSeconds: trainingSeconds, validations: validation == nil ? 0 : validationCount,
      validation: validation, guardProbes: guardProbes, guardProbeSeconds: guardProbeSeconds,
      evaluation: evaluation, checkpoints: checkpoints, startUpSeconds: startUp, megabytesPerRank: megabytes,
      ranks: model.communicator.size, threads: threads)
    forecast.published = forecastOnPublished(forecast)
    return (forecast, [warning].compactMap { $0 })
  }

  private var withoutAttack: AttackConfiguration {
    var attack = configuration.evaluation.attack
    attack.name = .none
    return attack
  }

  /// Clean accuracy, and robust accuracy.
  private func forecastValidation(_ probe: AttackProbe, samples: Int) throws -> AttackForecast {
    let clean = try probe.forecast(withoutAttack, samples: samples)
    guard configuration.evaluation.attack.name != .none else { return clean }
    let robust = try probe.forecast(configuration.evaluation.attack, samples: samples)
    return AttackForecast(
      attack: robust.attack, samples: samples, seconds: clean.seconds + robust.seconds)
  }

  /// The seconds of all steps on so many training samples.
  private func trainingSeconds(_ stretches: [StretchForecast], samples: Int) -> Double {
    let steps = wholeSteps(samples) * Double(trainerSettings.method.replays)
    return stretches.reduce(0) { $0 + steps * $1.epochs * $1.step.mean }
  }

  /// What the run would take on all of a data set of which only a part is here; nil where all of it is.
  private func forecastOnPublished(_ forecast: TrainingForecast) -> PublishedForecast? {
    let here = (training: data.dataset.train.count, test: data.dataset.test.count)
    guard configuration.data.classes == nil,
      let all = DatasetName(rawValue: data.dataset.name)?.publishedCounts,
      all.training > here.training || all.test > here.test
    else { return nil }
    let settings = trainerSettings
    let samples = all.training - data.split.validation.count
    let position = settings.start(samples: samples)
    var whole = forecast
    whole.trainingSeconds = trainingSeconds(forecast.stretches, samples: samples)
    whole.checkpoints.count = checkpointCount(position, settings)
    let more = forecast.evaluationSeconds * (Double(all.test) / Double(here.test) - 1)
    return PublishedForecast(
      trainingSamples: samples, testSamples: all.test, steps: position.totalSteps,
      trainingSeconds: whole.trainingSeconds, totalSeconds: whole.totalSeconds + more)
  }

  /// The steps of an epoch without replays, of which a last one on few samples counts for less.
  private func wholeSteps(_ samples: Int) -> Double {
    let settings = trainerSettings
    let size = min(settings.batchSize, samples)
    func rounds(_ samples: Int) -> Int {
      let plan = MicrobatchPlan(samples: samples, microbatch: model.network.microbatch)
      return Shard.rounds(microbatches: plan.count, threads: threadPlan.threads)
    }
    let rest = samples % size
    return Double(samples / size) + (rest > 0 ? Double(rounds(rest)) / Double(rounds(size)) : 0)
  }

  private var validationCount: Int {
    let (epochs, every) = (configuration.epochs, configuration.evaluation.everyEpochs)
    return every > 0 ? (epochs + every - 1) / every : 0
  }

  private func checkpointCount(_ position: TrainingPosition, _ settings: Trainer.Settings) -> Int {
    (0...position.totalSteps).count { step in
      var place = position
      place.step = step
      return settings.cadence.isDue(at: place)
    }
  }

  /// How often guards measure held-out samples, and how long that takes.
  private func forecastGuards(
    _ position: TrainingPosition, _ probe: AttackProbe
  ) throws -> (count: Int, seconds: Double) {
    let guarding = configuration.guards.catastrophicOverfitting
    guard guarding.action != .none, !data.split.validation.isEmpty else { return (0, 0) }
    let interval = max(1, position.stepsPerEpoch / guarding.perEpoch)
    let samples = min(guarding.samples, data.split.validation.count)
    var attack = configuration.evaluation.attack
    attack.name = .pgd
    (attack.steps, attack.restarts, attack.targeted) = (guarding.steps, 1, false)
    let seconds = try probe.forecast(attack, samples: samples).seconds
    // One step of FGSM besides.
    let both = seconds * Double(guarding.steps + 2) / Double(guarding.steps + 1)
    return (configuration.epochs * ((position.stepsPerEpoch - 1) / interval + 1), both)
  }

  /// The largest memory of this process so far, in millions of bytes.
  private static var peakMegabytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    let kibibytes = line.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first ?? 0
    return kibibytes * 1024 / 1_000_000
  }

  /// What the run will keep beside what the measurements needed: averages, and what a guard returns to.
  private var laterMegabytes: Int {
    let moments = configuration.optimizer.rule.momentNames.count
    let averages = configuration.averaging.method == .none ? 0 : 2
    let isGuarded = configuration.guards.catastrophicOverfitting.action != .none
    let good = isGuarded ? 1 + moments + (averages > 0 ? 1 : 0) : 0
    return 4 * model.network.parameterLayout.count * (averages + good) / 1_000_000
  }
}
