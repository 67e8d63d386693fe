/// What a random draw is for.
///
/// Part of every stream's identity, so two purposes never share numbers.
///
/// The raw values are part of a run's identity: appending is fine, renumbering changes every result.
public enum RandomPurpose: UInt32, Sendable {
  /// Initial weights; `sample` is the index of the parameter tensor.
  case initialization = 1
  /// The order of the training samples; `step` is the epoch.
  case shuffle = 2
  /// The held-out validation split.
  case validationSplit = 3
  /// Random crops and flips of training images.
  case augmentation = 4
  /// Dropout and channel dropout masks.
  case dropout = 5
  /// The random start of an attack.
  case attackStart = 6
  /// Random noise used as a control attack.
  case noise = 7
  /// Noise of randomized smoothing.
  case smoothing = 8
  /// Generated data sets.
  case synthetic = 9
  /// Random search of black-box attacks.
  case search = 10
  /// Gaussian noise added to training images.
  case trainingNoise = 20
}

/// The identity of a stream of random numbers: who draws, for what, and when.
///
/// Everything a run draws is a pure function of such an identity, so no generator state needs to be saved and
/// no result depends on the number of ranks or threads.
public struct RandomIdentity: Hashable, Sendable {
  /// The run's seed.
  public var seed: UInt64
  /// What the numbers are for.
  public var purpose: RandomPurpose
  /// The epoch or optimizer step.
  public var step: UInt64
  /// The index of the sample in its data set, or of the object being drawn.
  public var sample: UInt32
  /// The restart of an attack.
  public var restart: UInt32
  /// The layer that draws.
  public var layer: UInt32
  /// The forward pass within a step (attack steps and the training pass draw different masks).
  public var pass: UInt32

  /// Creates an identity; whatever is left out is zero.
  public init(
    seed: UInt64, purpose: RandomPurpose, step: UInt64 = 0, sample: UInt32 = 0, restart: UInt32 = 0,
    layer: UInt32 = 0, pass: UInt32 = 0
  ) {
    self.seed = seed
    self.purpose = purpose
    self.step = step
    self.sample = sample
    self.restart = restart
    self.layer = layer
    self.pass = pass
  }
}

/// A stream of random numbers: draw `i` is a pure function of the identity and `i`.
///
/// The identity's seed, purpose, restart, layer and pass are encrypted into a 64-bit key; sample, step and the
/// position in the stream form the counter under that key.
public struct RandomStream: RandomNumberGenerator, Sendable {
  @usableFromInline let key: SIMD2<UInt32>
  @usableFromInline let sample: UInt32
  @usableFromInline let step: UInt64
  @usableFromInline var position: UInt64 = 0
  @usableFromInline var block = Philox.Block()

  /// Opens the stream that belongs to `identity` at its first number.
  public init(_ identity: RandomIdentity) {
    let seedKey = SIMD2(
      UInt32(truncatingIfNeeded: identity.seed), UInt32(truncatingIfNeeded: identity.seed >> 32))
    let derived = Philox.block(
      counter: Philox.Block(identity.purpose.rawValue, identity.restart, identity.layer, identity.pass),
      key: seedKey)
    key = SIMD2(derived[0], derived[1])
    sample = identity.sample
    step = identity.step
  }

  /// The next 32 random bits.
  @inlinable
  public mutating func nextWord() -> UInt32 {
    let lane = Int(truncatingIfNeeded: position & 3)
    if lane == 0 {
      // 2^34 numbers a stream: the block index takes one 32-bit word of the counter.
      let counter = Philox.Block(
        UInt32(truncatingIfNeeded: position >> 2), sample, UInt32(truncatingIfNeeded: step),
        UInt32(truncatingIfNeeded: step >> 32))
      block = Philox.block(counter: counter, key: key)
    }
    position &+= 1
    return block[lane]
  }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// A number uniform on [0, 1), a multiple of 2^-24.
  @inlinable
  public mutating func uniform() -> Float {
    Float(nextWord() >> 8) * 0x1p-24
  }

  /// A number uniform on [-1, 1), a multiple of 2^-23.
  @inlinable
  public mutating func symmetric() -> Float {
    Float(nextWord() >> 8) * 0x1p-23 - 1
  }

  /// A number uniform on the open interval (0, 1) with 32 random bits.
  @inlinable
  public mutating func openUniform() -> Double {
    (Double(nextWord()) + 0.5) * 0x1p-32
  }

  /// An index uniform on `0..<bound`, by Lemire's multiplication with rejection.
  ///
  /// - Precondition: `bound` is positive.
  @inlinable
  public mutating func index(below bound: UInt32) -> UInt32 {
    var product = UInt64(nextWord()) * UInt64(bound)
    var low = UInt32(truncatingIfNeeded: product)
    if low < bound {
      let threshold = (0 &- bound) % bound
      while low < threshold {
        product = UInt64(nextWord()) * UInt64(bound)
        low = UInt32(truncatingIfNeeded: product)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  /// A random permutation of `0..<count` (Fisher-Yates), the same on every machine.
  public mutating func permutation(of count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(index(below: UInt32(last + 1))))
    }
    return order
  }
}
