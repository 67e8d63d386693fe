/// Which implementation serves a fully connected layer, decided as `KernelChoice` is.
public struct DenseChoice: Equatable, Sendable {
  /// Whether our own kernel runs the forward pass and the gradient by the input.
  public let isOwn: Bool
  /// Whether our own kernel runs the gradient by the parameters: only where the layer `skipsZeros`.
  public let ownsParameterGradient: Bool
  /// Which of oneDNN's implementations run what is left to it.
  public let library: AffineChoice

  /// Creates a choice.
  public init(isOwn: Bool, ownsParameterGradient: Bool = false, library: AffineChoice = AffineChoice()) {
    self.isOwn = isOwn
    self.ownsParameterGradient = ownsParameterGradient
    self.library = library
  }

  /// The choice for a shape.
  public init(
    for layer: DenseLayer, instructionSet: InstructionSet = .selected, oneDNN: Int = OneDNN.majorVersion,
    table: KernelTable = .tuned
  ) {
    if KernelChoice.prefersLibrary {
      self.init(isOwn: false)
    } else if case .dense(let choice) = table[.dense(layer), instructionSet, oneDNN: oneDNN] {
      self = choice
    } else {
      self = .rule(for: layer)
    }
  }

  /// The rule of thumb: our own kernels wherever they can serve.
  public static func rule(for layer: DenseLayer) -> DenseChoice {
    DenseChoice(isOwn: true, ownsParameterGradient: layer.skipsZeros)
  }
}
