import Kernels
public import Networks
public import Tensors

extension AttackWorkspace {
  /// An objective at the images that are in the session now, and its gradient by all parameters.
  ///
  /// - Parameters:
  ///   - objective: The loss, summed over the samples; padding rows weigh nothing.
  ///   - mode: How dropout behaves in forward pass number 0 (the clean images of a paired loss) and 1.
  ///   - gradient: Overwritten with the sum of the samples' gradients.
  /// - Returns: The sum of the losses, and the number of training examples classified correctly.
  public func learn(
    _ objective: TrainingObjective, mode: (Int) -> ForwardMode, into gradient: ParameterArena
  ) throws -> (loss: Double, correct: Int) {
    switch objective {
    case .single(let loss): try learn(loss, mode: mode(0), into: gradient)
    case .paired(let loss): try learn(loss, clean: mode(0), adversarial: mode(1), into: gradient)
    }
  }

  /// A loss of the outputs for the clean images and for the images that are in the session now, and its gradient by
  /// all parameters through both.
  ///
  /// Both outputs are needed before either gradient, and a backward pass its own activations: the clean images go
  /// forward twice, with the same masks, rather than keeping the activations of two passes. That is one forward pass
  /// more than necessary, beside the passes of the attack, and half the memory.
  func learn(
    _ loss: PairedLoss, clean: ForwardMode, adversarial: ForwardMode, into gradient: ParameterArena
  ) throws -> (loss: Double, correct: Int) {
    let classes = session.outputCount
    let cleanOutputs = batch.makeCleanOutputs(count: classes)
    let cleanGradient = batch.makeCleanGradient(count: classes)
    // What restarts of an attack were compared in is free by now.
    let examples = batch.worstImages
    examples.pointer.update(from: session.images, count: examples.count)
    session.images.update(from: batch.images.pointer, count: batch.images.count)
    try session.forward(clean)
    cleanOutputs.pointer.update(from: session.outputs, count: cleanOutputs.count)
    session.images.update(from: examples.pointer, count: examples.count)
    try session.forward(adversarial)

    var sum = 0.0
    var correct = 0
    for row in 0..<batch.capacity {
      let slot = session.outputGradient + row * classes
      let cleanSlot = cleanGradient.pointer + row * classes
      guard row < batch.count else {
        slot.update(repeating: 0, count: classes)
        cleanSlot.update(repeating: 0, count: classes)
        continue
      }
      let outputs = session.outputs(of: row)
      if predictedClass(outputs) == batch.labels[row] { correct += 1 }
      sum += loss(
        clean: UnsafeBufferPointer(
          start: UnsafePointer(cleanOutputs.pointer + row * classes), count: classes),
        adversarial: outputs, label: batch.labels[row], cleanGradient: cleanSlot, adversarialGradient: slot)
    }
    try session.backwardParameters(into: gradient)
    session.images.update(from: batch.images.pointer, count: batch.images.count)
    try session.forward(clean)
    session.outputGradient.update(from: cleanGradient.pointer, count: cleanGradient.count)
    let cleanPart = secondGradient
    try session.backwardParameters(into: cleanPart)
    session.network.runningStatistics.age(cleanPart)
    Passes.selected.add(gradient.pointer, cleanPart.pointer, gradient.count)
    session.images.update(from: examples.pointer, count: examples.count)
    return (sum, correct)
  }

  /// Moves the images that are in the session now one step along their gradient and back into the threat's set
  /// around the clean images.
  public func ascend(_ threat: ThreatModel, by stepSize: Float) {
    let ball = Ball(threat, batch)
    for row in 0..<batch.count {
      let offset = row * batch.imageElements
      ball.step(session.images + offset, along: session.imageGradient + offset, by: stepSize, row)
    }
  }

  /// Puts the clean image back into some rows of the session.
  public func restoreCleanImages(where isClean: (Int) -> Bool) {
    for row in 0..<batch.count where isClean(row) {
      (session.images + row * batch.imageElements)
        .update(from: batch.image(row), count: batch.imageElements)
    }
  }
}
