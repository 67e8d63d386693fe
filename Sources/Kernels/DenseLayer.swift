/// A fully connected layer with the ReLU behind it where there is one.
public struct DenseLayer: Equatable, Sendable {
  /// The layout of a sample that comes in.
  public let input: ActivationLayout
  /// The number of outputs.
  public let outputs: Int
  /// Whether a bias is added.
  public let bias: Bool
  /// Whether ReLU follows.
  public let relu: Bool

  /// Creates a layer.
  public init(input: ActivationLayout, outputs: Int, bias: Bool, relu: Bool) {
    self.input = input
    self.outputs = outputs
    self.bias = bias
    self.relu = relu
  }

  /// Whether our own gradients skip what ReLU made zero.
  public var skipsZeros: Bool { relu && input.elements % 16 == 0 }

  /// The product that oneDNN computes for it.
  public var product: AffineGeometry { .linear(inputs: input.values, outputs: outputs, bias: bias) }
}
