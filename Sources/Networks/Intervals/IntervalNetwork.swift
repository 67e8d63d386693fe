import Kernels
public import Tensors

/// A network compiled for intervals in place of values: interval bound propagation in float32, with gradients by all
/// parameters, for training.
///
/// An interval is kept as centre c and radius r. Layers with weights map it to W c + b and |W| r, ReLU and maxima work
/// on both ends, and the last layer is merged with the margins between classes (Gowal et al. 2018, "On the
/// effectiveness of interval bound propagation for training verifiably robust models"). Rounding is not allowed for:
/// what is certified in the end, sound bounds certify.
///
/// One network serves all threads of a process, each through a session of its own; `load` runs between steps.
public final class IntervalNetwork: @unchecked Sendable {
  /// What was compiled.
  public let architecture: Architecture
  /// The number of samples of a pass.
  public let microbatch: Int
  /// The names, extents and places of the parameters.
  public let parameterLayout: ParameterLayout

  let operations: [any IntervalOperation]
  let last: MarginLayer
  /// The parameters that were loaded last.
  private(set) var parameters: ParameterArena
  /// Their magnitudes, with biases of zero.
  private let magnitudes: ParameterArena
  private let packing: KernelContext

  /// Compiles an architecture.
  ///
  /// - Throws: `IntervalError` naming a layer that intervals do not go through, `OneDNNError` naming one that cannot be
  ///   built.
  public init(_ architecture: Architecture, microbatch: Int) throws {
    precondition(microbatch > 0, "a micro-batch of \(microbatch)")
    self.architecture = architecture
    self.microbatch = microbatch
    let plan = try IntervalPlan(architecture)
    parameterLayout = plan.parameters
    last = plan.last
    operations = try plan.steps.map { try $0.makeIntervalOperation(samples: microbatch) }
    parameters = ParameterArena(parameterLayout)
    magnitudes = ParameterArena(parameterLayout)
    packing = try KernelContext(KernelScratch.covering(operations.map(\.scratch)))
  }

  /// Takes over new parameters, which may not change before the next call.
  public func load(_ parameters: ParameterArena) throws {
    precondition(parameters.layout == parameterLayout, "parameters of another architecture")
    self.parameters = parameters
    for entry in parameterLayout.weights {
      IntervalPasses.selected.magnitudes(
        of: parameters.pointer + entry.offset, into: magnitudes.pointer + entry.offset, entry.count)
    }
    OneDNN.useOneThread()
    for operation in operations {
      try operation.pack(parameters, magnitudes: magnitudes, on: packing)
    }
  }

  /// Creates the working memory of one thread.
  public func makeSession() throws -> IntervalSession { try IntervalSession(self) }

  /// Which implementation runs each layer's passes; part of what decides a run's bits.
  public var implementations: [String] { operations.flatMap(\.implementations) }

  /// The memory of one session, in bytes.
  public var sessionBytes: Int {
    let image = architecture.input.elements
    let outputs = operations.map(\.output.elements)
    let activations = 2 * (image + outputs.reduce(0, +))
    let gradients = 2 * (image + 2 * (outputs.max() ?? 0))
    return 4 * microbatch * (activations + gradients) + 8 * parameterLayout.count
  }
}

extension ParameterLayout {
  /// The tensors that are multiplied with, as opposed to biases.
  var weights: [Entry] { entries.filter { !$0.name.hasSuffix(".bias") } }
}
