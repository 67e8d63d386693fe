import CKernels
import Glibc

/// Which implementation serves a convolution block: never found out by timing while a run goes on, because that
/// would make the bits depend on the weather.
///
/// The table of measured choices decides, see `KernelTable`, and a rule of thumb for shapes that it lacks.
/// `HOLDFAST_KERNELS=library` in the environment takes oneDNN wherever it can serve, for comparison and tests.
public struct KernelChoice: Equatable, Sendable {
  /// What runs the forward pass.
  public let forward: ConvolutionBlock.Forward
  /// What runs the gradient by the input.
  public let backward: ConvolutionBlock.Backward
  /// What runs the gradient by weights and bias.
  public let parameterGradient: ConvolutionBlock.ParameterGradient
  /// Which of oneDNN's implementations run the passes that are left to it.
  public let library: AffineChoice

  /// Creates a choice.
  public init(
    forward: ConvolutionBlock.Forward, backward: ConvolutionBlock.Backward,
    parameterGradient: ConvolutionBlock.ParameterGradient = .library, library: AffineChoice = AffineChoice()
  ) {
    self.forward = forward
    self.backward = backward
    self.parameterGradient = parameterGradient
    self.library = library
  }

  /// The choice for a shape.
  public init(
    for block: ConvolutionBlock, instructionSet: InstructionSet = .selected,
    oneDNN: Int = OneDNN.majorVersion, table: KernelTable = .tuned
  ) {
    if Self.prefersLibrary {
      self.init(forward: .library, backward: .library)
    } else if case .convolution(let choice) = table[.convolution(block), instructionSet, oneDNN: oneDNN] {
      self = choice
    } else {
      self = .rule(for: block)
    }
  }

  /// The rule of thumb: our own kernels wherever they can serve, with one exception.
  public static func rule(for block: ConvolutionBlock) -> KernelChoice {
    // Other windows than these run tap by tap, which costs more than skipping zeros saves.
    let own = block.backwardChoices[0]
    let isSlow = own == .sparse && !(3...5).contains(block.shape.kernel)
    return KernelChoice(
      forward: block.forwardChoices[0], backward: isSlow ? .library : own,
      parameterGradient: block.parameterGradientChoices[0])
  }

  /// Whether the environment asks for oneDNN everywhere.
  public static let prefersLibrary = wish == "library"

  /// What is wrong with the environment's wish, in words; nil where nothing is.
  public static var environmentProblem: String? {
    guard let wish, wish != "library" else { return nil }
    return "HOLDFAST_KERNELS is \(wish) and has to be library, or unset"
  }

  private static let wish = getenv("HOLDFAST_KERNELS").map { String(cString: $0) }
}
