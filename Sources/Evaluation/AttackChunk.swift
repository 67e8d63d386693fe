/// What became of some of the samples that met one run of one attack: what is decided, kept and exchanged at a time.
public struct AttackChunk: Codable, Equatable, Sendable {
  /// A sample that was broken.
  public struct Broken: Codable, Equatable, Sendable {
    /// Its index in its data set.
    public var index: Int
    /// The class the network gives the adversarial example.
    public var predicted: Int

    /// Creates an entry.
    public init(index: Int, predicted: Int) {
      self.index = index
      self.predicted = predicted
    }
  }

  /// The number of the attack among the members of its ensemble; 0 for a single attack.
  public var stage: Int
  /// Its name.
  public var by: String
  /// The number of the restart, or of restart and target.
  public var restart: Int
  /// The first of the samples, as a position in the list of survivors that the run began with.
  public var from: Int
  /// The one behind the last.
  public var to: Int
  /// The length of that list.
  public var of: Int
  /// Those of the samples that are broken now.
  public var broken: [Broken]
  /// The largest perturbation among the samples.
  public var maxNorm: Double
  /// How long it took.
  public var seconds: Double

  /// Creates a chunk.
  public init(
    stage: Int, by: String, restart: Int, from: Int, to: Int, of: Int, broken: [Broken], maxNorm: Double,
    seconds: Double
  ) {
    self.stage = stage
    self.by = by
    self.restart = restart
    self.from = from
    self.to = to
    self.of = of
    self.broken = broken
    self.maxNorm = maxNorm
    self.seconds = seconds
  }
}

/// A chunk that cannot be what comes next in an evaluation.
public struct ChunkMismatch: Error, Equatable, CustomStringConvertible {
  /// What does not fit.
  public let reason: String

  /// What does not fit.
  public var description: String { reason }
}
