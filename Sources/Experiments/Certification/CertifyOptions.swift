/// What the command line of `holdfast certify` says.
public struct CertifyOptions: SubjectCommandOptions, Sendable {
  /// The methods there are.
  public static let methods = ["ibp", "crown-ibp", "crown", "exact", "smoothing"]

  /// The model, its weights and the samples.
  public var subject: SubjectOptions
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

  /// Creates options for a subject; everything else has its default.
  public init(_ subject: SubjectOptions) {
    self.subject = subject
  }
}
