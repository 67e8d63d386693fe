/// The result of an evaluation, the contents of `evaluation.json`.
public struct EvaluationRecord: Codable, Sendable, Equatable {
  /// The weights that were evaluated.
  public struct CheckpointIdentity: Codable, Sendable, Equatable {
    /// The file of weights.
    public var path: String
    /// Its SHA-256.
    public var sha256: String

    /// Creates the identity of a file of weights.
    public init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }

  /// A member of an ensemble of attacks, which sees only what the ones before it left.
  public struct Stage: Codable, Sendable, Equatable {
    /// The member's name, `apgd-ce` for example.
    public var name: String
    /// The samples still classified correctly after it.
    public var correct: Int
    /// How long it took.
    public var seconds: Double

    /// Creates a stage.
    public init(name: String, correct: Int, seconds: Double) {
      self.name = name
      self.correct = correct
      self.seconds = seconds
    }
  }

  /// The first samples of a split, where not all of it was used.
  public struct Limit: Codable, Sendable, Equatable {
    /// The samples that were used: the first of the split.
    public var first: Int
    /// The samples of the split.
    public var of: Int

    /// Creates a limit.
    public init(first: Int, of: Int) {
      self.first = first
      self.of = of
    }
  }

  /// The weights that were evaluated.
  public var checkpoint: CheckpointIdentity
  /// The samples that were measured on, such as `mnist test`; nil in files of earlier versions.
  public var data: String?
  /// Which samples all numbers are of; nil where they are of the whole split.
  public var limit: Limit?
  /// The accuracy on unperturbed samples.
  public var clean: AccuracyCount
  /// The accuracy under each attack, independent of each other.
  public var attacks: [Attack]
  /// The accuracy that is proven; nil where nothing was certified.
  public var certified: Certified?
  /// Robust accuracy between proof and attack, by threat model; nil where nothing was certified.
  public var brackets: [Bracket]?
  /// Where a number may be too good, and why.
  public var warnings: [String]

  /// Creates a record.
  public init(
    checkpoint: CheckpointIdentity, data: String? = nil, limit: Limit? = nil, clean: AccuracyCount,
    attacks: [Attack],
    certified: Certified? = nil, warnings: [String] = []
  ) {
    self.checkpoint = checkpoint
    self.data = data
    self.limit = limit
    self.clean = clean
    self.attacks = attacks
    self.certified = certified
    self.warnings = warnings
  }
}
