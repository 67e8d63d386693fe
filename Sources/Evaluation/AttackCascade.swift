public import Attacks

/// How far the attack on all samples has come: which run is next, who is left for it, and what broke the others.
///
/// A run is one restart of one member. It meets the survivors of all runs before it, in the order of the data set, in
/// chunks of any size. Everything here follows from the chunks that were decided, on every rank alike, so that an
/// interrupted evaluation goes on by deciding the same chunks again from its journal.
public struct AttackCascade: Sendable {
  /// One restart of one member.
  public struct Run: Equatable, Sendable {
    /// The number of the member.
    public let stage: Int
    /// The number of the restart.
    public let restart: Int
  }

  /// The attacks in their order.
  public let members: [any Attack]
  /// The samples without attack.
  public let clean: CleanResult
  /// The class predicted for the example that broke a sample, or for the clean image where none did.
  public private(set) var predictions: [Int]
  /// The number of the member that broke a sample; nil where none did.
  public private(set) var brokenBy: [Int?]
  /// The largest perturbation so far.
  public private(set) var largestNorm = 0.0
  /// The samples that the current run meets, as places in the clean result, ascending.
  public private(set) var survivors: [Int]
  /// How many of them it has met.
  public private(set) var done = 0
  /// The samples that are right and not broken so far.
  public private(set) var robust: Int

  private let runs: [Run]
  private let places: [Int: Int]
  private var index = 0
  private var seconds: [Double]
  private var gains: [[Int]]

  /// Creates a cascade that nothing has been decided in.
  public init(_ attack: any Attack, clean: CleanResult) {
    let members = attack.stages
    self.members = members
    self.clean = clean
    runs = members.indices.flatMap { stage in
      (0..<members[stage].restarts).map { Run(stage: stage, restart: $0) }
    }
    predictions = clean.predictions
    brokenBy = Array(repeating: nil, count: clean.total)
    survivors = clean.labels.indices.filter { clean.predictions[$0] == clean.labels[$0] }
    robust = survivors.count
    places = Dictionary(
      zip(clean.sourceIndices, clean.sourceIndices.indices), uniquingKeysWith: { first, _ in first })
    seconds = members.map { _ in 0 }
    gains = members.map { Array(repeating: 0, count: $0.restarts) }
    goOn()
  }

  /// The run that is under way; nil where all is decided.
  public var current: Run? { index < runs.count ? runs[index] : nil }

  /// The runs behind the current one.
  public var comingRuns: ArraySlice<Run> { runs.dropFirst(index + 1) }

  /// The next samples of the current run, as positions in `survivors`.
  public func pending(upTo count: Int) -> Range<Int> {
    done..<(survivors.count - done > count ? done + count : survivors.count)
  }

  /// Takes note of what was decided.
  ///
  /// - Throws: `ChunkMismatch` where the chunk is not one of the current run's next samples; the cascade is of no use
  ///   then.
  public mutating func apply(_ chunk: AttackChunk) throws(ChunkMismatch) {
    guard let run = current else { throw ChunkMismatch(reason: "all was decided before") }
    guard chunk.stage == run.stage, chunk.restart == run.restart, chunk.by == members[run.stage].name else {
      throw ChunkMismatch(
        reason: "it is of \(chunk.by), restart \(chunk.restart), where \(members[run.stage].name), restart "
          + "\(run.restart), comes next")
    }
    guard chunk.of == survivors.count, chunk.from == done, chunk.to > done, chunk.to <= chunk.of else {
      throw ChunkMismatch(
        reason: "it has samples \(chunk.from) to \(chunk.to) of \(chunk.of), where sample \(done) of "
          + "\(survivors.count) comes next")
    }
    for sample in chunk.broken {
      // Between the ends of the chunk, what is right and not broken is a survivor.
      guard let place = places[sample.index], place >= survivors[chunk.from],
        place <= survivors[chunk.to - 1],
        clean.predictions[place] == clean.labels[place], brokenBy[place] == nil,
        sample.predicted != clean.labels[place]
      else { throw ChunkMismatch(reason: "sample \(sample.index) cannot be broken there") }
      brokenBy[place] = run.stage
      predictions[place] = sample.predicted
    }
    robust -= chunk.broken.count
    gains[run.stage][run.restart] += chunk.broken.count
    largestNorm = max(largestNorm, chunk.maxNorm)
    seconds[run.stage] += chunk.seconds
    done = chunk.to
    goOn()
  }

  /// Goes to the next run that has somebody to meet.
  private mutating func goOn() {
    while index < runs.count && done == survivors.count {
      survivors.removeAll { brokenBy[$0] != nil }
      done = 0
      index += 1
      // Everybody is broken: the other runs have nothing to do.
      if survivors.isEmpty { index = runs.count }
    }
  }

  /// What every member has done so far.
  public var stages: [StageResult] {
    var left = clean.correct
    return members.indices.map { stage in
      left -= gains[stage].reduce(0, +)
      return StageResult(
        attack: members[stage], correct: left, gains: gains[stage], seconds: seconds[stage])
    }
  }
}
