/// What the command line of `holdfast certify` says.
public struct CertifyOptions: Sendable {
  /// The methods there are.
  public static let methods = ["ibp", "crown-ibp", "crown", "exact", "smoothing"]

  /// A run directory, a checkpoint's folder, or a file of weights.
  public var target: String
  /// One of `methods`.
  public var method = "crown"
  /// Whether bounds also have to hold where convolutions are computed by minimal filtering.
  public var coversMinimalFiltering = false
  /// What attacks the samples that are not certified; nil for nothing.
  public var attack: String?
  /// Settings of the attack by key, as of `evaluate`.
  public var attackSettings: [String: String] = [:]
  /// The folder of an earlier evaluation whose verdicts are taken instead.
  public var earlier: String?
  /// The norm; nil for the run's, or l2 for smoothing.
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
  /// The standard deviation of the noise of smoothing, as a number or fraction.
  public var sigma: String?
  /// The draws that estimate a class's probability; nil for 100,000.
  public var samples: Int?
  /// The draws that choose the class; nil for 100.
  public var selectionSamples: Int?
  /// The probability that a statement of smoothing is wrong; nil for 0.001.
  public var alpha: String?
  /// Whether smoothing only predicts.
  public var predicts = false
  /// Whether the bounds themselves are written, too.
  public var keepsBounds = false
  /// Where results go; nil for the run's evaluations.
  public var output: String?
  /// Whether standard output gets one JSON object instead of a table.
  public var json = false
  /// The seed of noise and random starts; nil for the run's.
  public var seed: UInt64?
  /// The threads of each rank; nil for what the affinity mask leaves.
  public var threads: Int?

  /// Creates options for a target; everything else has its default.
  public init(target: String) {
    self.target = target
  }

  /// What it has in common with `evaluate`: the model, its weights and the samples.
  var evaluation: EvaluateOptions {
    var evaluation = EvaluateOptions(target: target)
    evaluation.split = split
    evaluation.checkpoint = checkpoint
    evaluation.limit = limit
    evaluation.data = data
    evaluation.dataPath = dataPath
    evaluation.classes = classes
    evaluation.model = model
    evaluation.seed = seed
    evaluation.threads = threads
    return evaluation
  }

  /// Everything that has to be the same on all ranks, a setting a line; their numbers of threads may differ.
  var identity: String {
    var shared = self
    shared.threads = nil
    shared.attackSettings = [:]
    let settings = attackSettings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let others = Mirror(reflecting: shared).children.map { "\($0.label ?? "") \($0.value)" }
    return (others + settings).joined(separator: "\n")
  }
}
