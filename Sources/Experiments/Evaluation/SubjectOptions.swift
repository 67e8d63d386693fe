/// Whose weights are looked at, and on which samples: what the command lines of `evaluate`, `attack` and `certify` have in
/// common.
public struct SubjectOptions: Sendable {
  /// A run directory, a checkpoint's folder, or a file of weights.
  public var target: String
  /// test or validation.
  public var split = "test"
  /// best, latest, or a step; nil for the best, or the latest where nothing was validated.
  public var checkpoint: String?
  /// The first so many samples of the split; nil for all.
  public var limit: Int?
  /// The data set; nil for the run's.
  public var data: String?
  /// The folder of its files.
  public var dataPath: String?
  /// The two classes of a binary problem.
  public var classes: String?
  /// The architecture of a file of weights.
  public var model: String?
  /// The seed of random starts and noise; nil for the run's.
  public var seed: UInt64?
  /// The threads of each rank; nil for what the affinity mask leaves.
  public var threads: Int?

  /// Creates options for a target; everything else has its default.
  public init(target: String) {
    self.target = target
  }
}

/// The options of a command that looks at weights on samples.
protocol SubjectCommandOptions {
  var subject: SubjectOptions { get }
  var attackSettings: [String: String] { get }
}

extension SubjectCommandOptions {
  /// Everything that has to be the same on all ranks, a setting a line; their numbers of threads may differ.
  var identity: String {
    var shared = subject
    shared.threads = nil
    let others = [shared as Any, self].flatMap { Mirror(reflecting: $0).children }
      .filter { !["subject", "attackSettings"].contains($0.label) }.map { "\($0.label ?? "") \($0.value)" }
    // A dictionary's own order differs from process to process.
    let settings = attackSettings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return (others + settings).joined(separator: "\n")
  }
}
