import Foundation
public import MessagePassing
public import Networks
public import Tensors

/// What came out of one micro-batch, or of a whole batch.
public struct BatchOutcome: Equatable, Sendable {
  /// The sum of the samples' losses.
  public var loss: Double
  /// The samples classified correctly.
  public var correct: Int
  /// The number of samples.
  public var samples: Int

  /// Creates an outcome.
  public init(loss: Double = 0, correct: Int = 0, samples: Int = 0) {
    self.loss = loss
    self.correct = correct
    self.samples = samples
  }
}

/// Where the time of computing a gradient went on this rank, in seconds.
public struct GradientTiming: Equatable, Sendable {
  /// Computing this rank's micro-batches.
  public var compute = 0.0
  /// Exchanging and adding gradients, waiting for other ranks included.
  public var reduce = 0.0
  /// The part of it until the slowest rank had computed its micro-batches, as far as all began at the same time.
  public var wait = 0.0
}

/// One rank's replica of the model: the weights, the threads that run it, and the reduction that keeps all
/// replicas equal.
public final class DataParallelModel {
  /// The compiled network, shared by all threads of this rank.
  public let network: CompiledNetwork
  /// The weights, with the same bits on all ranks.
  public let parameters: ParameterArena
  /// The gradient of the last batch, with the same bits on all ranks.
  ///
  /// - Precondition: `computeGradient` was called.
  public var gradient: ParameterArena { reducer.sum }
  /// The ranks.
  public let communicator: Communicator
  /// The threads of this rank.
  public let pool: WorkerPool
  /// Where the time of the last gradient went.
  public private(set) var timing = GradientTiming()

  /// The ranks with micro-batches of the last gradient whose loss is not finite, ascending; the same on all ranks.
  public private(set) var nonFiniteRanks: [Int] = []
  /// What is told where this rank is; nil where nobody watches.
  public var watchdog: Watchdog?

  /// Why the reduction of gradients is slower than it has to be, in a sentence; known once there was one.
  public var reductionWarning: String? { reducer.warning }
  /// How gradients go from rank to rank; nil before the first of them.
  public var reductionPath: ReductionPath? { reducer.path }

  private let accumulator: TreeAccumulator
  private let reducer: GradientReducer

  /// Creates a replica with the given weights.
  public init(
    _ network: CompiledNetwork, parameters: ParameterArena, communicator: Communicator, threads: Int
  ) throws {
    self.network = network
    self.parameters = parameters
    self.communicator = communicator
    pool = WorkerPool(workers: threads)
    accumulator = TreeAccumulator(network.parameterLayout)
    reducer = GradientReducer(communicator, network.parameterLayout)
    try network.load(parameters)
  }

  deinit {
    pool.stop()
  }

  /// Hands the current weights to the kernels; called after every change of `parameters`.
  public func parametersChanged() throws {
    try network.load(parameters)
  }

  /// Computes this rank's micro-batches of a batch and leaves the mean gradient over the whole batch, on all
  /// ranks, in `gradient`.
  ///
  /// - Parameters:
  ///   - plan: The batch in micro-batches.
  ///   - compute: Called on worker threads: fills the buffer with the sum of the gradients of one micro-batch.
  /// - Returns: The outcome of the whole batch, the same on all ranks.
  public func computeGradient(
    _ plan: MicrobatchPlan,
    _ compute: @escaping @Sendable (_ worker: Int, _ microbatch: Int, ParameterArena) throws -> BatchOutcome
  ) throws -> BatchOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    watchdog?.enter(.attack)
    let shard = Shard(rank: communicator.rank, of: communicator.size, microbatches: plan.count)
    let outcomes = OutcomeTable(shard.range)
    accumulator.begin(try reducer.begin(leaves: plan.count))
    try pool.run(items: shard.range.count) { [accumulator] worker, item in
      let microbatch = shard.range.lowerBound + item
      let buffer = accumulator.takeBuffer(for: microbatch)
      outcomes[microbatch] = try compute(worker, microbatch, buffer)
      accumulator.add(buffer, leaf: microbatch)
    }
    let computed = clock.now
    watchdog?.enter(.reduction)
    accumulator.finish()
    try reducer.reduce(scaledBy: 1 / Float(plan.samples))
    let compute = (computed - start).inSeconds
    let all = try outcomes.total(over: communicator, microbatches: plan.count, computeSeconds: compute)
    nonFiniteRanks = all.nonFiniteRanks
    let reduce = (clock.now - computed).inSeconds
    timing = GradientTiming(
      compute: compute, reduce: reduce, wait: min(max(all.slowest - compute, 0), reduce))
    return all.total
  }
}

/// The outcomes of a rank's micro-batches, written by threads.
private final class OutcomeTable: @unchecked Sendable {
  private let range: Range<Int>
  private let lock = NSLock()
  private var outcomes: [BatchOutcome]

  init(_ range: Range<Int>) {
    self.range = range
    outcomes = Array(repeating: BatchOutcome(), count: range.count)
  }

  subscript(microbatch: Int) -> BatchOutcome {
    get { lock.withLock { outcomes[microbatch - range.lowerBound] } }
    set { lock.withLock { outcomes[microbatch - range.lowerBound] = newValue } }
  }

  /// Adds the outcomes of all ranks in the order of the micro-batches, so that the loss too has the same bits, and
  /// finds the ranks that have a loss that is not finite, and the seconds that the slowest one computed.
  func total(
    over communicator: Communicator, microbatches: Int, computeSeconds: Double
  ) throws(MPIError) -> (total: BatchOutcome, nonFiniteRanks: [Int], slowest: Double) {
    let fields = 4
    var table = [Double](repeating: 0, count: microbatches * fields)
    for (offset, outcome) in outcomes.enumerated() {
      let row = (range.lowerBound + offset) * fields
      table[row] = outcome.loss
      table[row + 1] = Double(outcome.correct)
      table[row + 2] = Double(outcome.samples)
      table[row + 3] = computeSeconds
    }
    let shards = (0..<communicator.size).map {
      Shard(rank: $0, of: communicator.size, microbatches: microbatches).range
    }
    let layout = BlockLayout(counts: shards.map { $0.count * fields })
    try table.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      try communicator.allGather(inPlace: buffer, layout)
    }
    var sum = BatchOutcome()
    var slowest = 0.0
    for row in stride(from: 0, to: table.count, by: fields) {
      sum.loss += table[row]
      sum.correct += Int(table[row + 1])
      sum.samples += Int(table[row + 2])
      slowest = max(slowest, table[row + 3])
    }
    let nonFinite = shards.indices.filter { rank in shards[rank].contains { !table[$0 * fields].isFinite } }
    return (sum, nonFinite, slowest)
  }
}

extension Duration {
  /// The duration in seconds.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
