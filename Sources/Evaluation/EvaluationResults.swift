public import Attacks

/// Every sample as it is: what it is, and what the model takes it for.
public struct CleanResult: Equatable, Sendable {
  /// The index of each sample in its data set.
  public let sourceIndices: [Int]
  /// The class of each sample.
  public let labels: [Int]
  /// The predicted class of each sample; -1 where an output is NaN.
  public let predictions: [Int]

  /// The samples classified correctly.
  public var correct: Int { zip(labels, predictions).count { $0 == $1 } }
  /// The samples.
  public var total: Int { labels.count }
}

/// Every sample under one attack.
public struct AttackResult: Sendable {
  /// The attack.
  public let attack: any Attack
  /// The samples without attack.
  public let clean: CleanResult
  /// The class predicted for the example that broke a sample, or for the clean image where none did.
  public let predictions: [Int]
  /// Whether a restart's final iterate was misclassified.
  public let broken: [Bool]
  /// The largest perturbation, in the threat's norm.
  public let largestNorm: Double
  /// The time the attack took on this rank, waiting for others included.
  public let seconds: Double

  /// The samples that are classified correctly and withstood the attack.
  public var correct: Int { clean.correct - broken.count { $0 } }
  /// The samples.
  public var total: Int { clean.total }
}
