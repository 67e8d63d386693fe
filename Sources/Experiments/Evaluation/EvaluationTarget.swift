import Checkpoints
import DataParallel
import Foundation
import Networks
import Reports
import Tensors

/// The weights that an evaluation measures, and the configuration they come with.
struct EvaluationTarget {
  /// The weights as they are named in the file.
  let tensors: [NamedTensor]
  /// Path and SHA-256 of the file.
  let identity: EvaluationRecord.CheckpointIdentity
  /// What had to be passed over to find them.
  let warnings: [String]

  /// Where a target's configuration and results lie.
  enum Place: Equatable {
    /// A run directory.
    case run(RunDirectory)
    /// One checkpoint of a run.
    case checkpoint(String, RunDirectory)
    /// A file of weights that belongs to no run.
    case file(String)

    /// Finds out what a path on the command line means.
    ///
    /// - Throws: `ExperimentError.missing` where it means nothing.
    init(_ path: String) throws {
      let url = URL(fileURLWithPath: path)
      guard FileSystem.exists(path) else {
        throw ExperimentError.missing("\(path): there is no such run, checkpoint or file of weights")
      }
      guard FileSystem.isFolder(path) else {
        let folder = url.deletingLastPathComponent()
        self = Self.run(above: folder).map { .checkpoint(folder.path, $0) } ?? .file(path)
        return
      }
      if FileSystem.exists("\(path)/model.safetensors") {
        self = Self.run(above: url).map { .checkpoint(path, $0) } ?? .file("\(path)/model.safetensors")
      } else if RunDirectory(path).isRun {
        self = .run(RunDirectory(path))
      } else {
        throw ExperimentError.missing(
          "\(path) is neither a run (no checkpoints folder) nor a checkpoint (no model.safetensors)")
      }
    }

    /// The run that a folder RUN/checkpoints/STEP belongs to.
    private static func run(above folder: URL) -> RunDirectory? {
      let run = RunDirectory(folder.deletingLastPathComponent().deletingLastPathComponent().path)
      let isInside = folder.deletingLastPathComponent().lastPathComponent == "checkpoints"
      return isInside && FileSystem.exists(run.configuration) ? run : nil
    }

    /// The run, if there is one.
    var runDirectory: RunDirectory? {
      switch self {
      case .run(let run), .checkpoint(_, let run): run
      case .file: nil
      }
    }
  }

  /// Gives a model these weights.
  ///
  /// - Returns: A sentence on tensors that bear other names; nil where there are none.
  /// - Throws: `ExperimentError.badData` where the weights do not fit.
  func load(into model: DataParallelModel) throws -> String? {
    do throws(ParameterMismatch) {
      let (tensors, note) = try ForeignWeights.named(like: model.network.parameterLayout, tensors)
      try model.parameters.load(tensors)
      return note
    } catch {
      throw ExperimentError.badData(
        "\(identity.path) does not fit \(model.network.architecture.name): \(error)")
    }
  }

  /// Reads the weights.
  ///
  /// - Parameter selector: Which checkpoint of a run is meant; one that a path names has a step of its own.
  init(_ place: Place, checkpoint selector: CheckpointSelector) throws {
    switch place {
    case .run(let run):
      self = EvaluationTarget(try CheckpointStore(reading: run.checkpoints).load(selector))
    case .checkpoint(let folder, let run):
      guard let step = CheckpointReference.step(name: URL(fileURLWithPath: folder).lastPathComponent) else {
        self = try EvaluationTarget(file: "\(folder)/model.safetensors")
        return
      }
      self = EvaluationTarget(try CheckpointStore(reading: run.checkpoints).load(.step(step)))
    case .file(let path):
      self = try EvaluationTarget(file: path)
    }
  }

  private init(_ checkpoint: LoadedCheckpoint) {
    tensors = checkpoint.contents.model
    identity = .init(path: checkpoint.reference.modelPath, sha256: checkpoint.reference.modelSHA256)
    warnings = checkpoint.warnings
  }

  private init(file path: String) throws {
    let file = try WeightsFile(contentsOf: path)
    tensors = file.tensors
    identity = .init(path: path, sha256: file.sha256)
    warnings = []
  }
}

extension CheckpointSelector {
  /// Reads what `--checkpoint` says.
  ///
  /// - Throws: `ExperimentError.usage`.
  init(_ text: String?) throws {
    switch text {
    case nil: self = .bestOrLatest
    case "best": self = .best
    case "latest": self = .latest
    case .some(let text):
      guard let step = Int(text), step >= 0 else {
        throw ExperimentError.usage(
          "--checkpoint is \(text) and has to be best, latest or the number of a step")
      }
      self = .step(step)
    }
  }
}
