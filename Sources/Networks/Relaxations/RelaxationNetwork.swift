import Kernels
public import Tensors

/// A network compiled for linear bounds from the margins back to the image (CROWN), with the intervals of an interval
/// network in between, and with gradients by all parameters: CROWN-IBP for training.
///
/// Zhang et al. 2020, "Towards stable and efficient training of verifiably robust neural networks". A margin is bounded
/// from below by a linear function of the values before the last layer, then of those before each layer in turn: through
/// layers with weights by their transposes, through ReLU by the line above or below it according to the coefficient's
/// sign. A bound is a row: each sample has one for every class, that of its own being zero.
///
/// One network serves all threads of a process, each through a session of its own; `load` runs between steps.
public final class RelaxationNetwork: @unchecked Sendable {
  /// The samples whose bounds are computed together.
  public static let samplesTogether = 4

  let plan: IntervalPlan
  /// The layers on rows of coefficients; nil for ReLU.
  let operations: [(any Operation)?]
  /// The bias of each layer, repeated over all places of its output, whose sum with coefficients is a constant.
  let biases: [AlignedBuffer<Float>?]
  /// The parameters that were loaded last.
  private(set) var parameters: ParameterArena
  /// The same with biases of zero.
  private let weights: ParameterArena
  private let packing: KernelContext

  var rows: Int { Self.samplesTogether * plan.last.classes }

  /// Compiles an architecture.
  ///
  /// - Throws: `IntervalError` naming a layer that bounds do not go through, `OneDNNError` naming one that cannot be
  ///   built.
  public init(_ architecture: Architecture) throws {
    let plan = try IntervalPlan(architecture)
    self.plan = plan
    let rows = Self.samplesTogether * plan.last.classes
    operations = try plan.steps.map { step in
      if case .maxPooling = step {
        throw IntervalError(
          description: "linear bounds do not go through the maximum pooling of \(architecture.name) "
            + "while training")
      }
      return try step.makeLinearOperation(rows: rows, biased: false)
    }
    biases = plan.steps.map { step in
      step.bias.map { _ in AlignedBuffer(count: step.output.elements) }
    }
    parameters = ParameterArena(plan.parameters)
    weights = ParameterArena(plan.parameters)
    packing = try KernelContext(KernelScratch.covering(operations.compactMap { $0?.scratch }))
  }

  /// Takes over new parameters, which may not change before the next call.
  public func load(_ parameters: ParameterArena) throws {
    precondition(parameters.layout == plan.parameters, "parameters of another architecture")
    self.parameters = parameters
    for entry in plan.parameters.weights {
      (weights.pointer + entry.offset).update(from: parameters.pointer + entry.offset, count: entry.count)
    }
    OneDNN.useOneThread()
    for operation in operations { try operation?.pack(weights, on: packing) }
    for (step, places) in zip(plan.steps, biases) {
      guard let entry = step.bias, let places else { continue }
      step.output.forEachPlace { channel, place in
        places.pointer[place] = parameters.pointer[entry.offset + channel]
      }
    }
  }

  /// Creates the working memory of one thread, for micro-batches of an interval network.
  public func makeSession(microbatch: Int) throws -> RelaxationSession {
    try RelaxationSession(self, microbatch: microbatch)
  }
}

extension ActivationLayout {
  /// Every value of a sample: its channel, and its index.
  func forEachPlace(_ body: (_ channel: Int, _ place: Int) -> Void) {
    for channel in 0..<channels {
      for row in 0..<height {
        for column in 0..<width { body(channel, index(channel: channel, row: row, column: column)) }
      }
    }
  }
}
