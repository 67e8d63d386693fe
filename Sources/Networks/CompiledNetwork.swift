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
  /// How the running statistics among them follow what forward passes find.
  public let runningStatistics: RunningStatistics

  let plan: NetworkPlan
  let links: OperationLinks
  private let packing: KernelContext
  private let scratch: KernelScratch

  /// Compiles an architecture.
  ///
  /// - Throws: `OneDNNError` naming the layer that cannot be built.
  public init(_ architecture: Architecture, microbatch: Int) throws {
    precondition(microbatch > 0, "a micro-batch of \(microbatch)")
    self.architecture = architecture
    self.microbatch = microbatch
    parameterLayout = architecture.parameterLayout()
    runningStatistics = RunningStatistics(parameterLayout)
    var compiler = NetworkCompiler(architecture, microbatch: microbatch, parameterLayout)
    plan = try compiler.compile()
    links = OperationLinks(plan)
    scratch = KernelScratch.covering(plan.steps.map(\.operation.scratch))
    packing = try KernelContext(KernelScratch(primitives: scratch.primitives))
  }

  private var operations: [any Operation] { plan.steps.map(\.operation) }

  /// The scratch memory that the operations of one thread take turns in.
  func makeContext() throws -> KernelContext {
    try KernelContext(scratch)
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

  /// The memory of one session, in bytes: activations and gradients as planned, and what operations need besides.
  public var sessionBytes: Int {
    let planned = (plan.activations + plan.slotElements).reduce(0, +)
    let own = operations.reduce(0) { $0 + $1.privateBytes }
    // One more for the identities of the samples.
    return 4 * microbatch * (planned + 1) + own + scratch.bytes
  }
}
