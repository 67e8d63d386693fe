/// The arithmetic that an architecture takes for one sample: multiplications and additions of its convolutions and
/// fully connected layers, each counted as one, products with padding and with zeros included.
///
/// What a library without any shortcut would compute; dividing it by the time gives a rate that can be compared
/// between implementations, and that shortcuts can lift above the peak of the CPU.
public struct OperationCount: Equatable, Sendable {
  /// A forward pass.
  public let forward: Double
  /// The part of `forward` in the first layer with weights.
  let firstLayer: Double

  /// A pass of an attack: forward, and the gradient by the image.
  public var attackPass: Double { 2 * forward }

  /// Learning from a sample: forward, and the gradients by weights and by every activation but the image.
  public var learning: Double { 3 * forward - firstLayer }
}

extension Architecture {
  /// The arithmetic of one sample.
  public var operationCount: OperationCount {
    let layers = flattened().compactMap { step -> Double? in
      // Normalizations are left out, like activations.
      guard let parameters = step.parameters, parameters.weightShape.count > 1 else { return nil }
      let positions = step.output.height * step.output.width
      return 2 * Double(parameters.weightShape.reduce(1, *)) * Double(positions)
    }
    return OperationCount(forward: layers.reduce(0, +), firstLayer: layers.first ?? 0)
  }
}
