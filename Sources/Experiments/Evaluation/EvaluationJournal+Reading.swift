import Checkpoints
import Evaluation
import Foundation

/// A journal as it was found.
package struct FoundJournal: Equatable, Sendable {
  /// What the evaluation is.
  package let identity: EvaluationIdentity
  /// What it has decided.
  package let decided: DecidedChunks
  /// The bytes up to the end of the last whole line that means something.
  package let length: Int
  /// The bytes behind.
  package let tornBytes: Int

  /// Reads the journal in an evaluation's folder.
  ///
  /// - Returns: Nil where there is none, or none with a whole first line.
  /// - Throws: `FileError`; `ExperimentError.badData` for a file of another kind.
  package init?(in folder: String) throws {
    let path = "\(folder)/\(EvaluationJournal.name)"
    guard FileSystem.exists(path) else { return nil }
    let data = try FileSystem.read(path)
    var identity: EvaluationIdentity?
    var decided = DecidedChunks()
    var length = 0
    while let end = data[length...].firstIndex(of: UInt8(ascii: "\n")) {
      // What a crash left is no line of ours; nothing behind it was decided as far as anybody knows.
      guard let line = try? JSONDecoder().decode(EvaluationJournal.Line.self, from: Data(data[length..<end]))
      else { break }
      if length == 0 {
        guard line.journal == EvaluationJournal.version, line.identity != nil else { break }
        identity = line.identity
      } else if let predictions = line.predictions {
        decided.predictions = predictions
      } else if let attack = line.attack, let chunk = line.chunk {
        decided.chunks[attack, default: []].append(chunk)
      } else {
        break
      }
      length = end + 1
    }
    guard let identity else {
      guard data.contains(UInt8(ascii: "\n")) else { return nil }
      throw ExperimentError.badData(
        "\(path) is no journal of an evaluation by this program: move it away, or choose another --output")
    }
    self.identity = identity
    self.decided = decided
    self.length = length
    tornBytes = data.count - length
  }
}
