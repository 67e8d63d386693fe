import Kernels
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
    operations = try NetworkCompiler(architecture, microbatch: microbatch, parameterLayout).compile()
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

  /// The memory of one session, in bytes.
  public var sessionBytes: Int {
    let activations = operations.reduce(architecture.input.elements) { total, operation in
      total + (operation.isInPlace ? 0 : operation.output.elements)
    }
    let gradients = 2 * (operations.map(\.output.elements).max() ?? 0) + architecture.input.elements
    return 4 * microbatch * (activations + gradients) + 4 * parameterLayout.count
  }
}

/// Chooses memory layouts and turns layers into operations.
private struct NetworkCompiler {
  let architecture: Architecture
  let microbatch: Int
  let parameters: ParameterLayout
  let lanes = InstructionSet.selected.channelLanes

  init(_ architecture: Architecture, microbatch: Int, _ parameters: ParameterLayout) {
    self.architecture = architecture
    self.microbatch = microbatch
    self.parameters = parameters
  }

  func compile() throws -> [any Operation] {
    var operations: [any Operation] = []
    let image = architecture.input
    // Images stay as attacks see them; everything behind the first convolution is channel-blocked.
    var layout = ActivationLayout(
      channels: image.channels, height: image.height, width: image.width, lanes: 1)
    for (index, step) in architecture.resolved().enumerated() {
      if case .convolution = step.layer, layout.lanes == 1, layout.channels > 3 {
        operations.append(LayoutOperation(from: layout, to: layout.with(lanes: lanes)))
        layout = layout.with(lanes: lanes)
      }
      if let operation = try operation(for: step, index, layout) {
        precondition(
          !(operation.isInPlace && operations.isEmpty),
          "\(architecture.name) begins with a layer that would overwrite the image")
        operations.append(operation)
        layout = operation.output
      }
      if case .flatten = step.layer { layout = .vector(layout.values) }
    }
    return operations
  }

  private func operation(
    for step: Architecture.ResolvedLayer, _ index: Int, _ layout: ActivationLayout
  ) throws -> (any Operation)? {
    switch step.layer {
    case .convolution(_, let outputChannels, let kernel, let stride, let padding, _):
      let geometry = AffineGeometry.convolution(
        input: layout, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
        lanes: lanes)
      return try affine(geometry, step.parameters)
    case .linear(_, let outputs, let bias, _):
      precondition(layout.lanes == 1, "\(architecture.name) has a fully connected layer before flatten")
      return try affine(.linear(inputs: layout.values, outputs: outputs, bias: bias), step.parameters)
    case .relu:
      return ReLUOperation(input: layout)
    case .maxPooling(let window):
      return PoolingOperation(.maximum, Pooling(input: layout, window: window, stride: window))
    case .averagePooling(let window):
      return PoolingOperation(.average, Pooling(input: layout, window: window, stride: window))
    case .dropout(let probability), .channelDropout(let probability):
      var wholeChannels = false
      if case .channelDropout = step.layer { wholeChannels = true }
      return DropoutOperation(
        input: layout, probability: probability, wholeChannels: wholeChannels, layer: index)
    case .flatten:
      return layout.lanes == 1 ? nil : LayoutOperation(from: layout, to: .vector(layout.values))
    }
  }

  private func affine(
    _ geometry: AffineGeometry, _ named: Architecture.LayerParameters?
  ) throws -> any Operation {
    guard let named, let weights = parameters["\(named.name).weight"] else {
      preconditionFailure("a layer of \(architecture.name) has no parameters")
    }
    return try AffineOperation(
      geometry, batch: microbatch, weights: weights, bias: parameters["\(named.name).bias"])
  }
}
