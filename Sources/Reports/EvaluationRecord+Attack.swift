extension EvaluationRecord {
  /// The robust accuracy under one attack, with everything that names the attack and its threat model.
  public struct Attack: Sendable, Equatable {
    /// The attack's name, `pgd` for example.
    public var name: String
    /// The composition of an ensemble, `standard` for example; nil for a single attack.
    public var version: String?
    /// The norm of the threat model: `linf`, `l2`, `l1`.
    public var norm: String
    /// The largest norm of a perturbation.
    public var epsilon: Double
    /// The gradient steps of a restart; nil where the attack has none.
    public var steps: Int?
    /// The length of a step; nil where the attack has none or chooses it itself.
    public var stepSize: Double?
    /// The independent starts a sample gets; nil where the attack has none.
    public var restarts: Int?
    /// The samples classified correctly under the attack, out of those attacked.
    public var count: AccuracyCount
    /// The largest norm of a perturbation that was found among all samples.
    public var maxNorm: Double
    /// How long the attack took.
    public var seconds: Double
    /// The members of an ensemble in their order; empty for a single attack.
    public var stages: [Stage]

    /// Creates the result of an attack.
    public init(
      name: String, version: String? = nil, norm: String, epsilon: Double, steps: Int? = nil,
      stepSize: Double? = nil, restarts: Int? = nil, count: AccuracyCount, maxNorm: Double, seconds: Double,
      stages: [Stage] = []
    ) {
      self.name = name
      self.version = version
      self.norm = norm
      self.epsilon = epsilon
      self.steps = steps
      self.stepSize = stepSize
      self.restarts = restarts
      self.count = count
      self.maxNorm = maxNorm
      self.seconds = seconds
      self.stages = stages
    }
  }

  /// The accuracy a method proves: no perturbation of the threat model changes these samples' class.
  public struct Certified: Sendable, Equatable {
    /// The method's name, `ibp` for example.
    public var method: String
    /// The norm of the threat model.
    public var norm: String
    /// The largest norm of a perturbation.
    public var epsilon: Double
    /// The samples proven, out of those tried.
    public var count: AccuracyCount
    /// How long it took.
    public var seconds: Double
    /// What arithmetic the proofs hold for, in words; nil for smoothing, and in files of earlier versions.
    public var certifiedFor: String?
    /// What randomized smoothing was asked; nil for other methods.
    public var smoothing: Smoothing?

    /// Creates the result of a certification.
    public init(
      method: String, norm: String, epsilon: Double, count: AccuracyCount, seconds: Double,
      certifiedFor: String? = nil, smoothing: Smoothing? = nil
    ) {
      self.method = method
      self.certifiedFor = certifiedFor
      self.norm = norm
      self.epsilon = epsilon
      self.count = count
      self.seconds = seconds
      self.smoothing = smoothing
    }
  }
}

// The counts' keys (correct, total, accuracy, ci95) stand beside the others, not in an object of their own.

extension EvaluationRecord.Attack: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, version, norm, epsilon, steps, stepSize, restarts, maxNorm, seconds, stages
  }

  /// Decodes an element of `attacks`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    version = try container.decodeIfPresent(String.self, forKey: .version)
    norm = try container.decode(String.self, forKey: .norm)
    epsilon = try container.decode(Double.self, forKey: .epsilon)
    steps = try container.decodeIfPresent(Int.self, forKey: .steps)
    stepSize = try container.decodeIfPresent(Double.self, forKey: .stepSize)
    restarts = try container.decodeIfPresent(Int.self, forKey: .restarts)
    count = try AccuracyCount(from: decoder)
    maxNorm = try container.decode(Double.self, forKey: .maxNorm)
    seconds = try container.decode(Double.self, forKey: .seconds)
    stages = try container.decode([EvaluationRecord.Stage].self, forKey: .stages)
  }

  /// Encodes an element of `attacks`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(version, forKey: .version)
    try container.encode(norm, forKey: .norm)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encodeIfPresent(steps, forKey: .steps)
    try container.encodeIfPresent(stepSize, forKey: .stepSize)
    try container.encodeIfPresent(restarts, forKey: .restarts)
    try count.encode(to: encoder)
    try container.encode(maxNorm, forKey: .maxNorm)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(stages, forKey: .stages)
  }
}

extension EvaluationRecord.Certified: Codable {
  private enum CodingKeys: String, CodingKey {
    case method, norm, epsilon, seconds, certifiedFor, smoothing
  }

  /// Decodes the object `certified`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    method = try container.decode(String.self, forKey: .method)
    norm = try container.decode(String.self, forKey: .norm)
    epsilon = try container.decode(Double.self, forKey: .epsilon)
    count = try AccuracyCount(from: decoder)
    seconds = try container.decode(Double.self, forKey: .seconds)
    certifiedFor = try container.decodeIfPresent(String.self, forKey: .certifiedFor)
    smoothing = try container.decodeIfPresent(EvaluationRecord.Smoothing.self, forKey: .smoothing)
  }

  /// Encodes the object `certified`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    try container.encode(norm, forKey: .norm)
    try container.encode(epsilon, forKey: .epsilon)
    try count.encode(to: encoder)
    try container.encode(seconds, forKey: .seconds)
    try container.encodeIfPresent(certifiedFor, forKey: .certifiedFor)
    try container.encodeIfPresent(smoothing, forKey: .smoothing)
  }
}
