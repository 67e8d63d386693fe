public import Kernels
public import Tensors

/// An architecture compiled for one micro-batch size: kernels created, memory planned, weights in the kernels'
/// own formats.
///
/// One network serves all threads of a process, each through a session of its own. `load` runs between steps,
/// when no session is in use; all steps of an attack then share the packed weights.
public final class CompiledNetwork: @unchecked Sendable {
  /// What was compiled.
  public let architecture: Architecture
  /// The number of samples of a pass.
  public let microbatch: Int
  /// The names, extents and places of the parameters.
  public let parameterLayout: ParameterLayout

  let operations: [any Operation]
  private let packing: KernelContext

  /// Compiles an architecture.
  ///
  /// - Throws: `OneDNNError` naming the layer that cannot be built.
  public init(_ architecture: Architecture, microbatch: Int) throws {
    precondition(microbatch > 0, "a micro-batch of \(microbatch)")
    self.architecture = architecture
    self.microbatch = microbatch
    parameterLayout = architecture.parameterLayout()
    var compiler = NetworkCompiler(architecture, microbatch: microbatch, parameterLayout)
    operations = try compiler.compile()
    packing = try KernelContext(scratchpadBytes: operations.map(\.scratchpadBytes).max() ?? 0)
  }

  /// Takes over new parameters.
  public func load(_ parameters: ParameterArena) throws {
    precondition(parameters.layout == parameterLayout, "parameters of another architecture")
    OneDNN.useOneThread()
    for operation in operations { try operation.pack(parameters, on: packing) }
  }

  /// Creates the working memory of one thread.
  public func makeSession() throws -> NetworkSession { try NetworkSession(self) }

  /// Which implementation runs each layer's passes; part of what decides a run's bits.
  public var implementations: [String] {
    operations.flatMap(\.implementations)
  }

  /// A step of the network for which there is a choice of implementations.
  public struct Layer: Equatable, Sendable {
    /// The name of its weights.
    public let weights: String
    /// What it computes.
    public let shape: KernelShape
  }

  /// The steps for which there is a choice of implementations, in order.
  public var layers: [Layer] { operations.compactMap(\.layer) }

  /// The memory of one session, in bytes.
  public var sessionBytes: Int {
    let activations = operations.reduce(architecture.input.elements) { total, operation in
      total + (operation.isInPlace ? 0 : operation.output.elements)
    }
    let gradients = 2 * (operations.map(\.output.elements).max() ?? 0) + architecture.input.elements
    return 4 * microbatch * (activations + gradients) + 4 * parameterLayout.count
  }
}
