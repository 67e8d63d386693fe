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

/// The folder of one evaluation: its journal while it goes on, and its results at the end.
///
/// Made on all ranks together; only rank 0 touches the disk.
struct EvaluationFolder {
  /// What to do about what is there.
  enum Mode: Equatable {
    /// It has to be a new one.
    case new
    /// An evaluation in it goes on, if it is the same; another is refused.
    case resume
    /// An evaluation in it goes on, if it is the same; another is replaced.
    case resumeOrReplace
  }

  /// Its path.
  let path: String
  /// What has been decided before, on all ranks.
  let decided: DecidedChunks
  /// What is decided now goes there; nil on all ranks but 0.
  let journal: EvaluationJournal?
  /// Whether something was decided before.
  var isResumed: Bool { decided != DecidedChunks() }

  /// Opens a folder.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - identity: What the evaluation is.
  ///   - mode: What to do about what is there.
  ///   - communicator: All ranks.
  ///   - console: Told of what a crash tore.
  /// - Throws: A failure of all ranks where rank 0 cannot use the folder.
  init(
    _ path: String, _ identity: EvaluationIdentity, mode: Mode, on communicator: Communicator,
    console: Console
  ) throws {
    let (found, journal) = try communicator.agree { () -> (FoundJournal?, EvaluationJournal?) in
      guard communicator.isRoot else { return (nil, nil) }
      let found = try Self.find(in: path, identity, mode)
      if let found, found.tornBytes > 0 {
        console.warn(
          "\(path)/\(EvaluationJournal.name): \(found.tornBytes) bytes behind the last whole line are dropped"
        )
      }
      try FileSystem.makeFolder(path)
      return (
        found, try EvaluationJournal(in: path, keeping: found?.length ?? 0, identity: identity)
      )
    }
    self.path = path
    self.journal = journal
    let text = String(decoding: try JSONEncoder().encode(found?.decided ?? DecidedChunks()), as: UTF8.self)
    decided = try JSONDecoder().decode(
      DecidedChunks.self, from: Data(try communicator.broadcast(text).utf8))
  }

  private static func find(
    in path: String, _ identity: EvaluationIdentity, _ mode: Mode
  ) throws -> FoundJournal? {
    if mode == .new {
      try requireNew(path)
      return nil
    }
    let found = try FoundJournal(in: path)
    let differences = found.map { identity.differences(from: $0.identity) } ?? []
    if let found, differences.isEmpty { return found }
    if mode == .resumeOrReplace {
      // Results of another evaluation would pass for those of this one if it were interrupted.
      if FileSystem.exists(path) { try FileSystem.removeTree(path) }
      return nil
    }
    guard found != nil else {
      try requireNew(path)
      return nil
    }
    throw ExperimentError.usage(
      "\(path) holds an evaluation that differs in \(differences.joined(separator: ", ")): repeat its settings to go "
        + "on with it, or choose another --output")
  }

  private static func requireNew(_ path: String) throws {
    if FileSystem.exists("\(path)/evaluation.json") {
      throw ExperimentError.usage("\(path) already holds an evaluation: choose another --output")
    }
    if try FoundJournal(in: path) != nil {
      throw ExperimentError.usage(
        "\(path) holds an interrupted evaluation: --resume goes on with it, or choose another --output")
    }
  }

  /// The folder that `--resume` means where none is named: the newest interrupted evaluation of the same kind.
  ///
  /// - Parameter folder: The folder of all evaluations of a run.
  /// - Returns: Nil where no evaluation was interrupted.
  /// - Throws: `ExperimentError.usage` where all that were are of other kinds.
  static func interrupted(in folder: String, _ identity: EvaluationIdentity) throws -> String? {
    guard FileSystem.isFolder(folder) else { return nil }
    var other: (path: String, differences: [String])?
    // Names begin with the time.
    for name in try FileSystem.names(in: folder).reversed() where name != "final" {
      let path = "\(folder)/\(name)"
      guard !FileSystem.exists("\(path)/evaluation.json"), let found = try FoundJournal(in: path) else {
        continue
      }
      let differences = identity.differences(from: found.identity)
      if differences.isEmpty { return path }
      other = other ?? (path, differences)
    }
    guard let other else { return nil }
    throw ExperimentError.usage(
      "the interrupted evaluation \(other.path) differs in \(other.differences.joined(separator: ", ")): repeat its "
        + "settings to go on with it, or leave --resume out")
  }

  /// Writes verdicts.jsonl and evaluation.json; one that was complete before stays as it is.
  func write(_ report: EvaluationReport) throws {
    guard let journal else { return }
    try journal.synchronize()
    if FileSystem.exists("\(path)/evaluation.json"), isResumed { return }
    try report.write(to: path)
  }
}
