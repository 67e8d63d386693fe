import Kernels
import Tensors

/// Chooses memory layouts, puts layers together that one kernel can run, and turns them into operations.
struct NetworkCompiler {
  private let architecture: Architecture
  private let microbatch: Int
  private let parameters: ParameterLayout
  private let lanes = InstructionSet.selected.channelLanes
  private var plan: NetworkPlan
  /// The value that the next layer reads.
  private var value = 0
  /// Its layout; flattening a plain value changes that alone.
  private var layout: ActivationLayout

  init(_ architecture: Architecture, microbatch: Int, _ parameters: ParameterLayout) {
    self.architecture = architecture
    self.microbatch = microbatch
    self.parameters = parameters
    let image = architecture.input
    // Images stay as attacks see them; everything behind the first convolution is channel-blocked.
    layout = ActivationLayout(
      channels: image.channels, height: image.height, width: image.width, lanes: 1)
    plan = NetworkPlan(image: layout)
  }

  /// Compiles all layers in order.
  mutating func compile() throws -> NetworkPlan {
    try append(all: architecture.resolved())
    plan.finish(output: value)
    return plan
  }

  private mutating func append(all steps: [Architecture.ResolvedLayer]) throws {
    var next = 0
    while next < steps.count {
      next += try append(steps[next...])
    }
  }

  /// Appends operations for the first of the given layers, and says how many of them they cover.
  private mutating func append(_ steps: ArraySlice<Architecture.ResolvedLayer>) throws -> Int {
    guard let step = steps.first else { return 0 }
    switch step.layer {
    case .convolution(_, let outputChannels, let kernel, let stride, let padding, let bias, _):
      if layout.lanes == 1, layout.channels > 3 { makeBlocked() }
      let geometry = AffineGeometry.convolution(
        input: layout, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
        lanes: lanes, bias: bias)
      return try appendConvolution(geometry, steps)
    case .flatten:
      guard layout.lanes > 1 else {
        layout = .vector(layout.values)
        return 1
      }
      // A fully connected layer takes blocked inputs as they lie.
      if let following = steps.dropFirst().first, case .linear = following.layer {
        return try 1 + appendLinear(steps.dropFirst())
      }
      append(LayoutOperation(from: layout, to: .vector(layout.values)))
    case .linear:
      return try appendLinear(steps)
    case .relu:
      append(ReLUOperation(input: layout))
    case .swish:
      append(SwishOperation(input: layout))
    case .maxPooling(let window):
      append(
        PoolingOperation(
          .maximum, Pooling(input: layout, window: window, stride: window), batch: microbatch))
    case .averagePooling(let window):
      append(
        PoolingOperation(
          .average, Pooling(input: layout, window: window, stride: window), batch: microbatch))
    case .globalAveragePooling:
      append(GlobalPoolingOperation(input: layout))
    case .dropout, .channelDropout:
      appendDropout(step.layer, index: step.number)
    case .normalization(let means, let deviations):
      append(ImageNormalizationOperation(input: layout, means: means, deviations: deviations))
    case .batchNormalization(let name):
      return appendBatchNormalization(name, steps)
    case .residual:
      try appendResidual(step)
    }
    return 1
  }

  private mutating func append(_ operation: any Operation) {
    value = plan.append(operation, input: value)
    layout = operation.output
  }

  private mutating func makeBlocked() {
    append(LayoutOperation(from: layout, to: layout.with(lanes: lanes)))
  }

  private mutating func appendDropout(_ layer: Layer, index: Int) {
    switch layer {
    case .dropout(let probability):
      append(
        DropoutOperation(
          input: layout, probability: probability, wholeChannels: false, layer: index,
          batch: microbatch))
    case .channelDropout(let probability):
      append(
        DropoutOperation(
          input: layout, probability: probability, wholeChannels: true, layer: index,
          batch: microbatch))
    default:
      break
    }
  }

  /// A convolution, with the ReLU and the 2x2 pooling behind it in any order where both can be part of it.
  ///
  /// Dropout of channels between them moves behind: its factors are not negative, and scaling by such a factor
  /// commutes with maxima, rounding included.
  private mutating func appendConvolution(
    _ geometry: AffineGeometry, _ steps: ArraySlice<Architecture.ResolvedLayer>
  ) throws -> Int {
    let (weights, bias) = parameterEntries(of: steps.first)
    var relu = 0
    var pool = 1
    var dropout: Architecture.ResolvedLayer?
    var covered = 1
    scan: for step in steps.dropFirst() {
      switch step.layer {
      case .relu where relu == 0: relu = covered
      case .maxPooling(window: 2) where pool == 1: pool = 2
      case .channelDropout where dropout == nil && relu == 0: dropout = step
      default: break scan
      }
      covered += 1
    }
    guard let bias else {
      try append(ConvolutionOperation(geometry, batch: microbatch, weights: weights))
      return 1
    }
    guard relu > 0 else {
      try append(WeightedOperation(geometry, batch: microbatch, weights: weights, bias: bias))
      return 1
    }
    try append(
      WeightedOperation(
        ConvolutionBlock(geometry, pool: pool), batch: microbatch, weights: weights, bias: bias))
    if let dropout { appendDropout(dropout.layer, index: dropout.number) }
    return covered
  }

  private mutating func appendLinear(_ steps: ArraySlice<Architecture.ResolvedLayer>) throws -> Int {
    let (weights, bias) = parameterEntries(of: steps.first)
    var relu = false
    if let following = steps.dropFirst().first, following.layer == .relu { relu = true }
    try append(
      WeightedOperation(input: layout, relu: relu, batch: microbatch, weights: weights, bias: bias))
    return relu ? 2 : 1
  }

  /// A normalization with the activation behind it.
  private mutating func appendBatchNormalization(
    _ name: String, _ steps: ArraySlice<Architecture.ResolvedLayer>
  ) -> Int {
    guard let entries = BatchNormalizationOperation.Entries(name, in: parameters) else {
      preconditionFailure("\(name) of \(architecture.name) has no parameters")
    }
    if layout.lanes == 1 { makeBlocked() }
    let activation: Activation =
      switch steps.dropFirst().first?.layer {
      case .relu: .relu
      case .swish: .swish
      default: .identity
      }
    append(BatchNormalizationOperation(input: layout, activation: activation, entries))
    return activation == .identity ? 1 : 2
  }

  /// Both branches, the shortcut first, and their sum.
  private mutating func appendResidual(_ step: Architecture.ResolvedLayer) throws {
    let (main, side) = plan.fork(value)
    let start = layout
    value = side
    try append(all: step.shortcut)
    let shortcut = value
    (value, layout) = (main, start)
    try append(all: step.main)
    value = plan.sum(value, shortcut)
  }

  private func parameterEntries(
    of step: Architecture.ResolvedLayer?
  ) -> (weights: ParameterLayout.Entry, bias: ParameterLayout.Entry?) {
    guard let name = step?.parameters?.name, let weights = parameters["\(name).weight"] else {
      preconditionFailure("a layer of \(architecture.name) has no parameters")
    }
    return (weights, parameters["\(name).bias"])
  }
}
