import Checkpoints
import Foundation

/// What became of one sample under one attack, a line of `verdicts.jsonl`.
public struct SampleVerdict: Codable, Sendable, Equatable {
  /// The outcomes, from worst to best.
  public enum Outcome: String, Codable, Sendable {
    /// Misclassified without any perturbation.
    case cleanWrong = "clean-wrong"
    /// Misclassified under the attack.
    case broken
    /// Proven to keep its class.
    case certified
    /// Neither broken nor proven.
    case undecided
  }

  /// The sample's index in its data set.
  public var index: Int
  /// Its true class.
  public var label: Int
  /// The class the network gives the attacked sample, or the clean one where that is wrong already.
  public var predicted: Int
  /// What became of it.
  public var verdict: Outcome
  /// The attack or method that decided it; nil where none did.
  public var by: String?
  /// The attack asked for, possibly an ensemble.
  public var attack: String
  /// The norm of the threat model.
  public var norm: String
  /// The largest norm of a perturbation.
  public var epsilon: Double
  /// The radius within which randomized smoothing proved the class constant; nil for other methods.
  public var radius: Double?

  /// Creates a verdict.
  public init(
    index: Int, label: Int, predicted: Int, verdict: Outcome, by: String? = nil, attack: String, norm: String,
    epsilon: Double, radius: Double? = nil
  ) {
    self.index = index
    self.label = label
    self.predicted = predicted
    self.verdict = verdict
    self.by = by
    self.attack = attack
    self.norm = norm
    self.epsilon = epsilon
    self.radius = radius
  }

  /// Writes verdicts, one JSON object a line, atomically.
  ///
  /// - Throws: `FileError` if the system refuses.
  public static func write(_ verdicts: [SampleVerdict], to path: String) throws {
    try ReportFile.writeLines(verdicts, to: path)
  }

  /// Reads a file of verdicts.
  ///
  /// - Throws: `ReportError.unreadable` naming the line; `FileError`.
  public static func read(_ path: String) throws -> [SampleVerdict] {
    let lines = try FileSystem.read(path).split(separator: UInt8(ascii: "\n"))
    return try lines.enumerated().map { number, line in
      do {
        return try JSONDecoder().decode(SampleVerdict.self, from: Data(line))
      } catch {
        throw ReportError.unreadable(path: path, reason: "line \(number + 1) is no verdict")
      }
    }
  }
}
