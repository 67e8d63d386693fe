import Checkpoints
package import Evaluation
import Foundation
import Synchronization

/// What an evaluation is: two that agree in all of it find the same.
package struct EvaluationIdentity: Codable, Equatable, Sendable {
  /// Texts by what they are called in messages: checkpoint, data, split, limit, seed, attacks, ...
  package let settings: [String: String]

  package init(_ settings: [String: String]) {
    self.settings = settings
  }

  /// In what another one differs, in words; empty where it does not.
  package func differences(from other: EvaluationIdentity) -> [String] {
    Set(settings.keys).union(other.settings.keys).sorted().filter { settings[$0] != other.settings[$0] }.map {
      "\($0) (\(settings[$0] ?? "none") instead of \(other.settings[$0] ?? "none"))"
    }
  }
}

/// What an interrupted evaluation has decided.
package struct DecidedChunks: Codable, Equatable, Sendable {
  /// The classes predicted for the clean images; nil where it did not come that far.
  package var predictions: [Int]?
  /// The chunks by the number of their attack.
  package var chunks: [Int: [AttackChunk]] = [:]

  package init() {}
}

/// The append-only record of an evaluation under way, `journal.jsonl`: what it is, and every verdict as it is decided.
///
/// The first line says what the evaluation is, the second what the model makes of the clean images, and each further
/// one what became of some samples under one run of one attack, with the samples that were broken. A line goes out in
/// a single write(2), so that a killed process loses the chunk under way alone, and the disk is waited for every
/// second at most. What stands behind the last whole line is cut off when an evaluation goes on. `verdicts.jsonl` is
/// written from it all at the end.
package final class EvaluationJournal: Sendable {
  /// The file's name in the folder of an evaluation.
  package static let name = "journal.jsonl"

  /// A line of the file; which parts it has says what it is.
  struct Line: Codable {
    /// The version of the format.
    var journal: Int?
    var identity: EvaluationIdentity?
    var predictions: [Int]?
    /// The number of the attack that `chunk` is of.
    var attack: Int?
    var chunk: AttackChunk?
  }

  static let version = 1
  private static let secondsBetweenSynchronizations = 1.0

  private let path: String
  private let descriptor: Int32
  private let clock = ContinuousClock()
  private let synchronized = Mutex(ContinuousClock.now)

  /// Opens the journal of an evaluation that begins or goes on, for this process alone.
  ///
  /// - Parameters:
  ///   - folder: The evaluation's folder, which exists.
  ///   - length: The bytes that are kept of the file; 0 for a new one.
  ///   - identity: What the evaluation is; it becomes the first line of a new file.
  /// - Throws: `FileError`; `ExperimentError.usage` where another process writes it.
  package init(in folder: String, keeping length: Int, identity: EvaluationIdentity) throws {
    path = "\(folder)/\(Self.name)"
    descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    // File systems without locks say so; the check is lost there, and nothing else.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw ExperimentError.usage("\(folder) is being written by another evaluation: choose another --output")
    }
    guard ftruncate(descriptor, off_t(length)) == 0 else { throw Self.failure("truncate", path) }
    if length == 0 { try append(Line(journal: Self.version, identity: identity)) }
  }

  deinit {
    close(descriptor)
  }

  /// Notes the classes of the clean images.
  package func append(predictions: [Int]) throws {
    try append(Line(predictions: predictions))
  }

  /// Notes what was decided under an attack.
  package func append(_ chunk: AttackChunk, ofAttack attack: Int) throws {
    try append(Line(attack: attack, chunk: chunk))
    let last = synchronized.withLock { $0 }
    if clock.now - last >= .seconds(Self.secondsBetweenSynchronizations) { try synchronize() }
  }

  /// Waits until all of it is on the disk.
  package func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw Self.failure("fsync", path) }
    synchronized.withLock { $0 = clock.now }
  }

  private func append(_ line: Line) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let bytes: Data = try encoder.encode(line) + [UInt8(ascii: "\n")]
    var count: Int
    repeat {
      count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR
    guard count == bytes.count else {
      throw Self.failure("append to", path, code: count < 0 ? errno : ENOSPC)
    }
  }

  private static func failure(_ operation: String, _ path: String, code: Int32 = errno) -> FileError {
    FileError(operation, path, code: code)
  }
}
