import Checkpoints
import DataParallel
import Foundation
import MessagePassing
import Training

/// What writing one checkpoint says about all of them.
struct CheckpointForecast: Codable, Sendable {
  /// The checkpoints of the run, those at its start and end included.
  var count: Int
  /// The seconds that training waits for one: its tensors are copied.
  let waitingSeconds: Double
  /// The seconds that a thread of rank 0 then writes, while training goes on.
  let writingSeconds: Double

  /// The seconds that all of them take from training, with so many seconds of training between two.
  func seconds(between: Double) -> Double {
    Double(count) * (waitingSeconds + max(writingSeconds - between, 0))
  }

  /// Writes a checkpoint beside the run's folder and removes it; all ranks call together.
  ///
  /// - Parameter output: The folder of the run to come.
  /// - Returns: What was found on rank 0, on all ranks, and a warning where nothing could be written.
  static func measure(
    _ learner: Learner, _ settings: Trainer.Settings, output: String, count: Int
  ) throws -> (forecast: CheckpointForecast, warning: String?) {
    let communicator = learner.model.communicator
    var forecast = CheckpointForecast(count: count, waitingSeconds: 0, writingSeconds: 0)
    var warning: String?
    if communicator.isRoot {
      let place = nearestFolder(output)
      let folder = "\(place)/.holdfast-dry-run-\(getpid())"
      do {
        defer { try? FileSystem.removeTree(folder) }
        try FileSystem.makeFolder(folder)
        let (waiting, writing) = try write(learner, settings, in: folder)
        forecast = CheckpointForecast(count: count, waitingSeconds: waiting, writingSeconds: writing)
      } catch {
        warning = "no checkpoint can be written in \(place): \(error)"
      }
    }
    let all = try communicator.allGather(encoding: forecast)
    return (all[0], warning)
  }

  private static func write(
    _ learner: Learner, _ settings: Trainer.Settings, in folder: String
  ) throws -> (waiting: Double, writing: Double) {
    let checkpointing = Checkpointing(try CheckpointStore(writing: folder), keep: 1)
    let state = CheckpointState(
      step: 0, epoch: 0, batchInEpoch: 0, samplesSeen: 0, identity: settings.identity,
      environment: settings.environment)
    let clock = ContinuousClock()
    let start = clock.now
    try checkpointing.save(learner, state)
    let copied = clock.now
    try checkpointing.finish()
    return ((copied - start).inSeconds, (clock.now - copied).inSeconds)
  }

  /// The folder itself, or the nearest one above it that is there.
  private static func nearestFolder(_ path: String) -> String {
    var url = URL(fileURLWithPath: path).standardizedFileURL
    while !FileSystem.isFolder(url.path), url.path != "/" { url.deleteLastPathComponent() }
    return url.path
  }
}
