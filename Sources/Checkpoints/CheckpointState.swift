import Foundation

/// Where a run stands: everything a checkpoint holds besides tensors.
///
/// Nothing in it depends on the number of ranks or threads, so that a run can go on with others.
public struct CheckpointState: Codable, Equatable, Sendable {
  /// The layout this program writes.
  public static let currentFormatVersion = 1

  /// The best robust accuracy on the validation split so far, as the exact count.
  public struct Best: Codable, Equatable, Sendable {
    /// The step whose weights reached it.
    public var step: Int
    /// The samples classified correctly under attack.
    public var correct: Int
    /// The samples attacked.
    public var total: Int

    /// Creates a record of the best accuracy.
    public init(step: Int, correct: Int, total: Int) {
      self.step = step
      self.correct = correct
      self.total = total
    }
  }

  /// The layout of the file this was read from.
  public private(set) var formatVersion = CheckpointState.currentFormatVersion
  /// The optimizer steps done.
  public var step: Int
  /// The epoch the next batch belongs to, from 0.
  public var epoch: Int
  /// The next batch within that epoch, from 0.
  public var batchInEpoch: Int
  /// The training samples seen so far, every repetition counted.
  public var samplesSeen: Int
  /// The best validated step; nil before the first validation.
  public var best: Best?
  /// What the run is: seed, model, micro-batch, configuration hash.
  ///
  /// Two runs that differ here are different.
  public var identity: [String: String]
  /// What the run was computed with: CPU, library versions, chosen implementations.
  public var environment: [String: String]
  /// Content of the training loop's own, opaque here.
  public var payload: JSONValue
  /// The SHA-256 of each tensor file, by file name; filled in when a checkpoint is written.
  public internal(set) var files: [String: String] = [:]

  /// Creates a state.
  public init(
    step: Int, epoch: Int, batchInEpoch: Int, samplesSeen: Int, best: Best? = nil,
    identity: [String: String] = [:], environment: [String: String] = [:], payload: JSONValue = .null
  ) {
    self.step = step
    self.epoch = epoch
    self.batchInEpoch = batchInEpoch
    self.samplesSeen = samplesSeen
    self.best = best
    self.identity = identity
    self.environment = environment
    self.payload = payload
  }

  /// The keys on which the identity of another run differs, sorted; empty if it may resume from this state.
  public func identityDifferences(from other: [String: String]) -> [String] {
    Set(identity.keys).union(other.keys).filter { identity[$0] != other[$0] }.sorted()
  }
}
