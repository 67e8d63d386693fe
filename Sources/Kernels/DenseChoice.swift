/// Which implementation serves a fully connected layer, decided as `KernelChoice` is.
public struct DenseChoice: Equatable, Sendable {
  /// Whether our own kernel runs the forward pass and the gradient by the input.
  public let isOwn: Bool
  /// Which of oneDNN's implementations run what is left to it: the gradient by the parameters at least.
  public let library: AffineChoice

  /// Creates a choice.
  public init(isOwn: Bool, library: AffineChoice = AffineChoice()) {
    self.isOwn = isOwn
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
      // The rule of thumb.
      self.init(isOwn: true)
    }
  }
}
