public import Networks
public import Tensors

/// What one thread needs to craft adversarial examples and learn from them: a session on the network and the
/// samples of the micro-batch at hand.
///
/// Made once, used for every micro-batch.
public final class AttackWorkspace: @unchecked Sendable {
  /// The network's working memory.
  public let session: NetworkSession
  /// The samples.
  public let batch: AttackBatch
  /// The gradient of the second backward pass, where there are two.
  public private(set) lazy var secondGradient = ParameterArena(session.network.parameterLayout)

  /// Creates the workspace of one thread.
  ///
  /// Threads may not share it.
  public init(_ network: CompiledNetwork) throws {
    session = try network.makeSession()
    batch = AttackBatch(
      capacity: network.microbatch, imageElements: network.architecture.input.elements)
  }

  /// Ends the filling of `batch`: pads it, and tells the session whose samples these are.
  public func finishFilling() {
    batch.pad()
    session.rows = batch.count
    for (row, sample) in batch.samples.enumerated() { session.samples.pointer[row] = sample }
    session.images.update(from: batch.images.pointer, count: batch.images.count)
  }

  /// The loss of the images that are in the session now, and its gradient by all parameters.
  ///
  /// - Parameters:
  ///   - loss: The loss, summed over the samples; padding rows weigh nothing.
  ///   - mode: How dropout behaves.
  ///   - gradient: Overwritten with the sum of the samples' gradients, and in the places of running statistics with
  ///     those of the pass.
  ///   - andImages: Whether the session's gradient by the images is computed as well.
  /// - Returns: The sum of the losses, and the number of samples classified correctly.
  public func learn(
    _ loss: TrainingLoss, mode: ForwardMode, into gradient: ParameterArena, andImages: Bool = false
  ) throws -> (loss: Double, correct: Int) {
    try session.forward(mode)
    var sum = 0.0
    var correct = 0
    for row in 0..<batch.capacity {
      let slot = session.outputGradient + row * session.outputCount
      guard row < batch.count else {
        slot.update(repeating: 0, count: session.outputCount)
        continue
      }
      let outputs = session.outputs(of: row)
      if predictedClass(outputs) == batch.labels[row] { correct += 1 }
      sum += loss(outputs, label: batch.labels[row], gradient: slot)
    }
    try session.backwardParameters(into: gradient, andImages: andImages)
    return (sum, correct)
  }
}
