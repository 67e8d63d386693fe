import CKernels
import Glibc

/// Which implementation serves a convolution block: never found out by timing while a run goes on, because that
/// would make the bits depend on the weather.
///
/// `HOLDFAST_KERNELS=library` in the environment takes oneDNN wherever it can serve, for comparison and tests.
public struct KernelChoice: Equatable, Sendable {
  /// What runs the forward pass.
  public let forward: ConvolutionBlock.Forward
  /// What runs the gradient by the input.
  public let backward: ConvolutionBlock.Backward
  /// What runs the gradient by weights and bias.
  public let parameterGradient: ConvolutionBlock.ParameterGradient

  /// The choice for a shape.
  public init(for block: ConvolutionBlock, batch: Int) {
    if Self.prefersLibrary {
      forward = .library
      backward = .library
      parameterGradient = .library
      return
    }
    parameterGradient = block.parameterGradientChoices[0]
    forward = block.forwardChoices[0]
    // Other windows than these run tap by tap, which costs more than skipping zeros saves.
    let own = block.backwardChoices[0]
    backward = own == .sparse && !(3...5).contains(block.shape.kernel) ? .library : own
  }

  /// Whether the environment asks for oneDNN everywhere.
  public static let prefersLibrary = getenv("HOLDFAST_KERNELS").map { String(cString: $0) } == "library"
}
