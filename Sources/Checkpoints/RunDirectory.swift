import Foundation

/// A run's folder: where everything about one training run lies.
public struct RunDirectory: Sendable, Equatable {
  /// What to do about a folder that is already there.
  public enum Mode: Sendable, Equatable {
    /// Refuse it unless it is empty.
    case create
    /// Go on with the run in it; a folder that does not exist is created.
    case resume
    /// Delete the run in it and start afresh.
    case overwrite
  }

  /// The folder itself.
  public let path: String

  /// Names a run's folder without touching it, for reading.
  public init(_ path: String) {
    self.path = path
  }

  /// The resolved configuration.
  public var configuration: String { "\(path)/config.yaml" }
  /// Versions, command line and machine.
  public var manifest: String { "\(path)/manifest.json" }
  /// The log of steps, epochs and evaluations.
  public var metrics: String { "\(path)/metrics.jsonl" }
  /// A line for each epoch, for spreadsheets.
  public var epochTable: String { "\(path)/metrics.csv" }
  /// The folder of the checkpoints.
  public var checkpoints: String { "\(path)/checkpoints" }
  /// The folder of all evaluations.
  public var evaluations: String { "\(path)/evaluations" }
  /// The folder of TensorBoard's event files.
  public var tensorboard: String { "\(path)/tensorboard" }
  /// The self-contained report.
  public var report: String { "\(path)/report.html" }

  /// The folder of one evaluation.
  public func evaluation(_ id: String) -> String { "\(evaluations)/\(id)" }

  /// Whether something this program would not overwrite unasked is there.
  public var isRun: Bool { FileSystem.isFolder(checkpoints) }

  /// What this program writes besides the folder of checkpoints.
  private static let ownNames: Set<String> = [
    "config.yaml", "manifest.json", "metrics.jsonl", "metrics.csv", "evaluations", "tensorboard",
    "report.html",
  ]

  /// Prepares the folder of a run that is about to train; for one process only, rank 0.
  ///
  /// - Throws: `CheckpointError.refused` if the folder holds something that `mode` does not allow, with what to
  ///   do instead; `FileError` if the system refuses.
  public static func open(_ path: String, mode: Mode) throws -> RunDirectory {
    let run = RunDirectory(path)
    if FileSystem.exists(path) {
      guard FileSystem.isFolder(path) else {
        throw CheckpointError.refused(path: path, reason: "is no folder: choose another --output")
      }
      let names = try FileSystem.names(in: path)
      if !names.isEmpty { try run.admit(names, mode: mode) }
    }
    // From here on the folder counts as a run, even if the process dies before the first checkpoint.
    try FileSystem.makeFolder(run.checkpoints)
    return run
  }

  private func admit(_ names: [String], mode: Mode) throws {
    switch mode {
    case .create:
      throw CheckpointError.refused(
        path: path,
        reason: isRun
          ? "already holds a run: --resume goes on with it, --overwrite replaces it, --output chooses another folder"
          : "is not empty: choose another --output")
    case .resume:
      guard isRun else {
        throw CheckpointError.refused(
          path: path, reason: "holds no run to resume, and is not empty: check --output")
      }
      for name in names where name.hasPrefix(AtomicFile.temporaryPrefix) {
        try FileSystem.removeTree("\(path)/\(name)")
      }
    case .overwrite:
      try removeRun(names)
    }
  }

  /// Deletes what this program writes, and nothing else in the folder.
  private func removeRun(_ names: [String]) throws {
    guard isRun else {
      throw CheckpointError.refused(
        path: path, reason: "does not look like a run and is not empty: it is not overwritten")
    }
    if let foreign = try FileSystem.names(in: checkpoints).first(where: { !CheckpointStore.isOwnName($0) }) {
      throw CheckpointError.refused(
        path: path,
        reason: "has the foreign file checkpoints/\(foreign), so it is not overwritten: move it away")
    }
    for name in names where Self.ownNames.contains(name) || name.hasPrefix(AtomicFile.temporaryPrefix) {
      try FileSystem.removeTree("\(path)/\(name)")
    }
    // Last: it is what the folder is recognised by, should this be interrupted and asked for again.
    try FileSystem.removeTree(checkpoints)
  }
}
