import Tensors

/// Several sessions as one model of more samples, which spends nothing on rows that rest.
///
/// The samples of an attack are done at different times. A forward pass gathers the rows that do not rest, and
/// computes as many sessions as these fill; since the results of a row do not depend on its place or its
/// neighbours, they are those of a single session, bit for bit. Not shared between threads.
public final class PackedSessions: DifferentiableClassifier {
  /// The samples that the sessions hold together.
  public let batch: Int
  private let network: CompiledNetwork
  private let sessions: [NetworkSession]
  private let input: AlignedBuffer<Float>
  private let inputGradient: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let gradientOfOutput: AlignedBuffer<Float>
  private var isResting: [Bool]
  /// The rows of the last forward pass, in the order of the sessions' rows.
  private var packed: [Int] = []

  /// Creates so many sessions on a network.
  public init(_ network: CompiledNetwork, sessions count: Int) throws {
    precondition(count > 0, "a model of no sessions")
    self.network = network
    sessions = try (0..<count).map { _ in try network.makeSession() }
    batch = count * network.microbatch
    input = AlignedBuffer(count: batch * network.architecture.input.elements)
    inputGradient = AlignedBuffer(count: input.count)
    output = AlignedBuffer(count: batch * network.architecture.outputs)
    gradientOfOutput = AlignedBuffer(count: output.count)
    isResting = Array(repeating: false, count: batch)
    packed.reserveCapacity(batch)
  }

  /// The values of an image.
  public var imageElements: Int { network.architecture.input.elements }
  /// The channels, rows and columns of an image.
  public var imageShape: ImageShape { network.architecture.input }
  /// The outputs of a sample.
  public var outputCount: Int { network.architecture.outputs }
  /// The images that go in: N x C x H x W.
  public var images: UnsafeMutablePointer<Float> { input.pointer }
  /// The outputs of the last forward pass, N x outputs; rows that rested keep older ones.
  public var outputs: UnsafePointer<Float> { UnsafePointer(output.pointer) }
  /// The gradient of a loss by the outputs: N x outputs.
  public var outputGradient: UnsafeMutablePointer<Float> { gradientOfOutput.pointer }
  /// The gradient of that loss by the images, N x C x H x W; rows that rested keep older ones.
  public var imageGradient: UnsafePointer<Float> { UnsafePointer(inputGradient.pointer) }

  /// Has the first `count` rows computed again, and those behind them rest.
  public func wake(_ count: Int) {
    for row in 0..<batch { isResting[row] = row >= count }
  }

  /// Leaves a row out of the forward passes that follow.
  public func rest(_ row: Int) { isResting[row] = true }

  /// Computes the outputs of the images that do not rest, in evaluation mode.
  ///
  /// - Precondition: `mode` is evaluation; masks of a training mode depend on identities that rows here do not have, and
  ///   its batch normalization on which rows are computed together.
  public func forward(_ mode: ForwardMode) throws {
    precondition(mode == .evaluation, "packed rows have no dropout masks and no batch of their own")
    packed.removeAll(keepingCapacity: true)
    for row in 0..<batch where !isResting[row] { packed.append(row) }
    try forEachSession { session, rows in
      scatter(input.pointer, rows, into: session.images, imageElements)
      try session.forward(mode)
      gather(session.outputs, into: output.pointer, rows, outputCount)
    }
  }

  /// Computes `imageGradient` of the rows of the last forward pass from `outputGradient`.
  public func backwardImages() throws {
    try forEachSession { session, rows in
      scatter(gradientOfOutput.pointer, rows, into: session.outputGradient, outputCount)
      try session.backwardImages()
      gather(session.imageGradient, into: inputGradient.pointer, rows, imageElements)
    }
  }

  private func forEachSession(_ body: (NetworkSession, Range<Int>) throws -> Void) throws {
    var first = 0
    var number = 0
    while first < packed.count {
      let end = min(first + network.microbatch, packed.count)
      try body(sessions[number], first..<end)
      first = end
      number += 1
    }
  }

  /// Writes rows behind each other, and zeros behind them, so that padding never carries old data.
  private func scatter(
    _ source: UnsafeMutablePointer<Float>, _ rows: Range<Int>, into target: UnsafeMutablePointer<Float>,
    _ width: Int
  ) {
    for (place, index) in rows.enumerated() {
      (target + place * width).update(from: source + packed[index] * width, count: width)
    }
    let padding = network.microbatch - rows.count
    (target + rows.count * width).update(repeating: 0, count: padding * width)
  }

  private func gather(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ width: Int
  ) {
    for (place, index) in rows.enumerated() {
      (target + packed[index] * width).update(from: source + place * width, count: width)
    }
  }
}
