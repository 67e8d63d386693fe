public import Attacks

/// Every sample as it is: what it is, and what the model takes it for.
public struct CleanResult: Equatable, Sendable {
  /// The index of each sample in its data set.
  public let sourceIndices: [Int]
  /// The class of each sample.
  public let labels: [Int]
  /// The predicted class of each sample; -1 where an output is NaN.
  public let predictions: [Int]

  package init(sourceIndices: [Int], labels: [Int], predictions: [Int]) {
    self.sourceIndices = sourceIndices
    self.labels = labels
    self.predictions = predictions
  }

  /// Some of the samples.
  func selecting(_ places: [Int]) -> CleanResult {
    CleanResult(
      sourceIndices: places.map { sourceIndices[$0] }, labels: places.map { labels[$0] },
      predictions: places.map { predictions[$0] })
  }

  /// The samples classified correctly.
  public var correct: Int { zip(labels, predictions).count { $0 == $1 } }
  /// The samples.
  public var total: Int { labels.count }
}

/// What one member of an ensemble, or a single attack, has done.
public struct StageResult: Sendable {
  /// The attack.
  public let attack: any Attack
  /// The samples still right behind it.
  public let correct: Int
  /// The samples that each of its restarts broke.
  public let gains: [Int]
  /// How long it took.
  public let seconds: Double

  /// The samples that it broke.
  public var broken: Int { gains.reduce(0, +) }
}

/// Every sample under one attack.
public struct AttackResult: Sendable {
  /// The attack.
  public let attack: any Attack
  /// The samples without attack.
  public let clean: CleanResult
  /// The class predicted for the example that broke a sample, or for the clean image where none did.
  public let predictions: [Int]
  /// The attack, or the member of the ensemble, that broke a sample; nil where none did.
  public let brokenBy: [String?]
  /// The members of an ensemble in their order, or the attack itself.
  public let stages: [StageResult]
  /// The largest perturbation, in the threat's norm.
  public let largestNorm: Double
  /// The adversarial examples of the first samples on rank 0, N x C x H x W, of as many as were asked for.
  ///
  /// For a sample that withstood, what the last run left; for one that was wrong before, its image.
  public let examples: [Float]

  package init(_ attack: any Attack, _ cascade: AttackCascade, examples: [Float] = []) {
    self.attack = attack
    clean = cascade.clean
    predictions = cascade.predictions
    brokenBy = cascade.brokenBy.map { stage in stage.map { cascade.members[$0].name } }
    stages = cascade.stages
    largestNorm = cascade.largestNorm
    self.examples = examples
  }

  /// The time the attack took on this rank, waiting for others included, and before an interruption too.
  public var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }
  /// Whether an attack broke a sample.
  public var broken: [Bool] { brokenBy.map { $0 != nil } }
  /// The samples that are classified correctly and withstood the attack.
  public var correct: Int { clean.correct - brokenBy.count { $0 != nil } }
  /// The samples.
  public var total: Int { clean.total }
}
