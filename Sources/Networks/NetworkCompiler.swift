import Kernels
import Tensors

/// Chooses memory layouts, puts layers together that one kernel can run, and turns them into operations.
struct NetworkCompiler {
  private let architecture: Architecture
  private let microbatch: Int
  private let parameters: ParameterLayout
  private let lanes = InstructionSet.selected.channelLanes
  private var operations: [any Operation] = []
  private var layout: ActivationLayout

  init(_ architecture: Architecture, microbatch: Int, _ parameters: ParameterLayout) {
    self.architecture = architecture
    self.microbatch = microbatch
    self.parameters = parameters
    let image = architecture.input
    // Images stay as attacks see them; everything behind the first convolution is channel-blocked.
    layout = ActivationLayout(
      channels: image.channels, height: image.height, width: image.width, lanes: 1)
  }

  /// Compiles all layers in order.
  mutating func compile() throws -> [any Operation] {
    let steps = architecture.resolved()
    var next = 0
    while next < steps.count {
      next += try append(steps[next...])
    }
    return operations
  }

  /// Appends operations for the first of the given layers, and says how many of them they cover.
  private mutating func append(_ steps: ArraySlice<Architecture.ResolvedLayer>) throws -> Int {
    guard let step = steps.first else { return 0 }
    switch step.layer {
    case .convolution(_, let outputChannels, let kernel, let stride, let padding, _):
      if layout.lanes == 1, layout.channels > 3 {
        append(LayoutOperation(from: layout, to: layout.with(lanes: lanes)))
      }
      let geometry = AffineGeometry.convolution(
        input: layout, outputChannels: outputChannels, kernel: kernel, stride: stride, padding: padding,
        lanes: lanes)
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
    case .maxPooling(let window):
      append(PoolingOperation(.maximum, Pooling(input: layout, window: window, stride: window)))
    case .averagePooling(let window):
      append(PoolingOperation(.average, Pooling(input: layout, window: window, stride: window)))
    case .dropout, .channelDropout:
      appendDropout(step.layer, index: steps.startIndex)
    }
    return 1
  }

  private mutating func append(_ operation: any Operation) {
    precondition(
      !(operation.isInPlace && operations.isEmpty),
      "\(architecture.name) begins with a layer that would overwrite the image")
    operations.append(operation)
    layout = operation.output
  }

  private mutating func appendDropout(_ layer: Layer, index: Int) {
    switch layer {
    case .dropout(let probability):
      append(
        DropoutOperation(input: layout, probability: probability, wholeChannels: false, layer: index))
    case .channelDropout(let probability):
      append(DropoutOperation(input: layout, probability: probability, wholeChannels: true, layer: index))
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
    var dropout: Int?
    var covered = 1
    scan: for (index, step) in zip(steps.indices, steps).dropFirst() {
      switch step.layer {
      case .relu where relu == 0: relu = covered
      case .maxPooling(window: 2) where pool == 1: pool = 2
      case .channelDropout where dropout == nil && relu == 0: dropout = index
      default: break scan
      }
      covered += 1
    }
    guard relu > 0, let bias else {
      try append(AffineOperation(geometry, batch: microbatch, weights: weights, bias: bias))
      return 1
    }
    try append(
      ConvolutionBlockOperation(
        ConvolutionBlock(geometry, pool: pool), batch: microbatch, weights: weights, bias: bias))
    if let dropout { appendDropout(steps[dropout].layer, index: dropout) }
    return covered
  }

  private mutating func appendLinear(_ steps: ArraySlice<Architecture.ResolvedLayer>) throws -> Int {
    let (weights, bias) = parameterEntries(of: steps.first)
    var relu = false
    if let following = steps.dropFirst().first, following.layer == .relu { relu = true }
    try append(
      DenseOperation(input: layout, relu: relu, batch: microbatch, weights: weights, bias: bias))
    return relu ? 2 : 1
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
