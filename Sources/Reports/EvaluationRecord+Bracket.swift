extension EvaluationRecord {
  /// Robust accuracy between what is proven and what attacks leave, under one threat model.
  ///
  /// Every sample is one of clean-wrong, broken, certified and undecided, and certified accuracy <= robust accuracy <=
  /// attacked accuracy.
  public struct Bracket: Codable, Sendable, Equatable {
    /// The norm of the threat model.
    public var norm: String
    /// The largest norm of a perturbation.
    public var epsilon: Double
    /// Whether perturbed pixels stay in [0, 1].
    public var box: Bool
    /// What proved samples.
    public var method: String
    /// What arithmetic the proofs hold for, in words; nil in files of earlier versions.
    public var certifiedFor: String?
    /// What broke samples; nil where nothing attacked.
    public var attack: String?
    /// The samples misclassified as they are.
    public var cleanWrong: Int
    /// The samples misclassified for an allowed perturbation.
    public var broken: Int
    /// The samples proven to be classified correctly for all of them.
    public var certified: Int
    /// The samples that are neither.
    public var undecided: Int
    /// How many samples each method proved that none before it did.
    public var provenBy: [String: Int]
    /// Robust accuracy is at least this.
    public var certifiedAccuracy: AccuracyCount
    /// Robust accuracy is at most this.
    public var attackedAccuracy: AccuracyCount

    /// Creates a bracket from the number of samples of each kind.
    public init(
      norm: String, epsilon: Double, box: Bool, method: String, certifiedFor: String? = nil, attack: String?,
      cleanWrong: Int, broken: Int, certified: Int, undecided: Int, provenBy: [String: Int]
    ) {
      self.norm = norm
      self.epsilon = epsilon
      self.box = box
      self.method = method
      self.certifiedFor = certifiedFor
      self.attack = attack
      self.cleanWrong = cleanWrong
      self.broken = broken
      self.certified = certified
      self.undecided = undecided
      self.provenBy = provenBy
      let total = cleanWrong + broken + certified + undecided
      certifiedAccuracy = AccuracyCount(correct: certified, total: total)
      attackedAccuracy = AccuracyCount(correct: certified + undecided, total: total)
    }
  }

  /// What randomized smoothing was asked, and how often it abstained.
  public struct Smoothing: Codable, Sendable, Equatable {
    /// The standard deviation of the noise.
    public var sigma: Double
    /// The draws that chose the class; nil for a prediction, which needs none.
    public var selectionSamples: Int?
    /// The draws that estimated its probability.
    public var samples: Int
    /// The probability that a statement on a sample is wrong.
    public var alpha: Double
    /// The samples left open.
    public var abstained: Int

    /// Creates the record.
    public init(sigma: Double, selectionSamples: Int?, samples: Int, alpha: Double, abstained: Int) {
      self.sigma = sigma
      self.selectionSamples = selectionSamples
      self.samples = samples
      self.alpha = alpha
      self.abstained = abstained
    }
  }
}
