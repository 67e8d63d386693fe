/// What the command line of `holdfast evaluate` says.
public struct EvaluateOptions: Sendable {
  /// A run directory, a checkpoint's folder, or a file of weights.
  public var target: String
  /// The attacks by name; empty for those of the run's configuration.
  public var attacks: [String] = []
  /// Settings of the attacks by key: steps, stepSize, restarts, lossFunction, targeted, randomStart,
  /// targetClasses, queries, version.
  public var attackSettings: [String: String] = [:]
  /// The norm; nil for the run's.
  public var norm: String?
  /// The radii, as numbers or fractions; empty for the run's.
  public var epsilons: [String] = []
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
  /// Where results go; nil for the run's evaluations.
  public var output: String?
  /// Whether an interrupted evaluation goes on.
  public var resume = false
  /// Whether extra runs on some samples look for signs of false security.
  public var diagnostics = false
  /// A run, checkpoint or file of weights whose adversarial examples are tried then; nil for none.
  public var transferFrom: String?
  /// Whether standard output gets one JSON object instead of a table.
  public var json = false
  /// The seed of random starts; nil for the run's.
  public var seed: UInt64?
  /// The threads of each rank; nil for what the affinity mask leaves.
  public var threads: Int?

  /// Creates options for a target; everything else has its default.
  public init(target: String) {
    self.target = target
  }

  /// Everything that has to be the same on all ranks, a setting a line; their numbers of threads may differ.
  var identity: String {
    var shared = self
    shared.threads = nil
    // A dictionary's own order differs from process to process.
    shared.attackSettings = [:]
    let settings = attackSettings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let others = Mirror(reflecting: shared).children.map { "\($0.label ?? "") \($0.value)" }
    return (others + settings).joined(separator: "\n")
  }
}
