/// What a run is, as opposed to where, how wide and how visibly it runs.
///
/// The identity is everything that the weights or the choice of the best checkpoint depend on. Not part of it:
/// the name, the folder of the data (their content is compared by checksum), who evaluates, the attacks at the
/// end, when checkpoints are written, and when the run is given up as stuck.
extension ExperimentConfiguration {
  /// A setting in which two runs differ.
  public struct Difference: Equatable, Sendable, CustomStringConvertible {
    /// The key, such as `training.steps`.
    public let keyPath: String
    /// The value here; nil if the setting does not exist.
    public let value: String?
    /// The value there; nil if the setting does not exist.
    public let otherValue: String?

    /// `training.steps: 40 instead of 10`.
    public var description: String { "\(keyPath): \(value ?? "none") instead of \(otherValue ?? "none")" }
  }

  private static let outsideIdentity = [
    "name", "data.path", "evaluation.on", "evaluation.final", "checkpoint", "watchdog",
  ]

  /// The settings in which this run is another one than `other`, in the order of the keys; empty if it is not.
  public func identityDifferences(from other: ExperimentConfiguration) -> [Difference] {
    let mine = identity
    let others = Dictionary(uniqueKeysWithValues: other.identity.map { ($0.keyPath, $0.text) })
    let own = Set(mine.map(\.keyPath))
    return mine.filter { others[$0.keyPath] != $0.text }.map {
      Difference(keyPath: $0.keyPath, value: $0.text, otherValue: others[$0.keyPath])
    }
      + other.identity.filter { !own.contains($0.keyPath) }.map {
        Difference(keyPath: $0.keyPath, value: nil, otherValue: $0.text)
      }
  }

  /// The identity as a dictionary from keys to texts, which checkpoints carry.
  public var identityFields: [String: String] {
    Dictionary(uniqueKeysWithValues: identity.map { ($0.keyPath, $0.text) })
  }

  /// What the ranks of a job have to agree on, a line for each setting: all but the run's name, which is for
  /// rank 0, and the folder of the data, which may lie elsewhere on another host.
  var sharedSettings: String {
    ResolvedValue.section(fields).leaves().filter { $0.keyPath != "name" && $0.keyPath != "data.path" }
      .map { "\($0.keyPath): \($0.text)" }.joined(separator: "\n")
  }

  private var identity: [(keyPath: String, text: String)] {
    ResolvedValue.section(fields).leaves().filter { leaf in
      !Self.outsideIdentity.contains { leaf.keyPath == $0 || leaf.keyPath.hasPrefix($0 + ".") }
    }
  }
}
