public import Tensors

/// A feed-forward network: what comes in, and the layers it goes through.
public struct Architecture: Equatable, Sendable {
  /// The name in configurations, such as cnn-madry.
  public let name: String
  /// The images that come in, with values in [0, 1].
  public let input: ImageShape
  /// The number of outputs: one for each class, or a single score for a binary problem.
  public let outputs: Int
  /// The layers in order.
  public let layers: [Layer]

  /// Creates an architecture.
  public init(name: String, input: ImageShape, outputs: Int, layers: [Layer]) {
    self.name = name
    self.input = input
    self.outputs = outputs
    self.layers = layers
  }

  /// Whether the network is one linear map of its input, for which worst cases have a closed form.
  public var isLinear: Bool {
    layers.allSatisfy { layer in
      switch layer {
      case .flatten, .linear: true
      default: false
      }
    } && layers.count { if case .linear = $0 { true } else { false } } == 1
  }

  /// The names and extents of all parameters, in the order of the layers, and those of all buffers.
  public func parameterLayout() -> ParameterLayout {
    var tensors: [(name: String, shape: [Int])] = []
    var buffers: [(name: String, shape: [Int])] = []
    for step in flattened() {
      if let parameters = step.parameters {
        tensors.append(("\(parameters.name).weight", parameters.weightShape))
        if parameters.bias { tensors.append(("\(parameters.name).bias", [parameters.weightShape[0]])) }
      }
      guard case .batchNormalization(let name) = step.layer else { continue }
      buffers.append((RunningStatistics.mean(of: name), [step.input.channels]))
      buffers.append((RunningStatistics.variance(of: name), [step.input.channels]))
      buffers.append((RunningStatistics.count(of: name), []))
    }
    return ParameterLayout(tensors, buffers: buffers)
  }

  /// Whether the network has batch normalization, whose training depends on which samples are computed together.
  public var usesBatchNormalization: Bool {
    flattened().contains { if case .batchNormalization = $0.layer { true } else { false } }
  }
}

extension Architecture {
  /// A layer with the shapes it meets.
  struct ResolvedLayer {
    let layer: Layer
    let input: ImageShape
    let output: ImageShape
    let parameters: LayerParameters?
    /// What tells the layer's random numbers from those of others.
    let number: Int
    /// The branches of a residual block.
    var main: [ResolvedLayer] = []
    var shortcut: [ResolvedLayer] = []
  }

  /// The parameters of a layer.
  struct LayerParameters {
    let name: String
    let weightShape: [Int]
    let bias: Bool
    let initialization: Initialization

    /// The number of inputs that one output sums over.
    var fanIn: Int { weightShape.dropFirst().reduce(1, *) }
    /// The number of outputs that one input goes into, as residual networks count it.
    var fanOut: Int { weightShape[0] * weightShape.dropFirst(2).reduce(1, *) }
  }

  /// Follows the shapes through the layers.
  func resolved() -> [ResolvedLayer] {
    var nested = layers.count
    let (steps, shape) = resolve(layers, from: input, numbers: Array(layers.indices), &nested)
    precondition(shape.elements == outputs, "\(name) ends with \(shape), not with \(outputs) outputs")
    return steps
  }

  /// All layers, with those of branches in place of the blocks they make up, main branch first.
  func flattened() -> [ResolvedLayer] {
    func flatten(_ steps: [ResolvedLayer]) -> [ResolvedLayer] {
      steps.flatMap { step -> [ResolvedLayer] in
        if case .residual = step.layer { return flatten(step.main) + flatten(step.shortcut) }
        return [step]
      }
    }
    return flatten(resolved())
  }

  /// Layers within branches take the numbers from `next` on.
  private func resolve(
    _ layers: [Layer], from input: ImageShape, numbers: [Int], _ next: inout Int
  ) -> (steps: [ResolvedLayer], output: ImageShape) {
    var shape = input
    var steps: [ResolvedLayer] = []
    for (layer, number) in zip(layers, numbers) {
      let (output, parameters) = layer.applied(to: shape)
      var step = ResolvedLayer(
        layer: layer, input: shape, output: output, parameters: parameters, number: number)
      if case .residual(let main, let shortcut) = layer {
        func branch(_ layers: [Layer]) -> [ResolvedLayer] {
          let numbers = Array(next..<next + layers.count)
          next += layers.count
          return resolve(layers, from: shape, numbers: numbers, &next).steps
        }
        step.main = branch(main)
        step.shortcut = branch(shortcut)
      }
      steps.append(step)
      shape = output
    }
    return (steps, shape)
  }
}

extension Layer {
  /// The shape that comes out when `shape` goes in, and the parameters needed for it.
  func applied(to shape: ImageShape) -> (ImageShape, Architecture.LayerParameters?) {
    switch self {
    case .convolution(
      let name, let outputChannels, let kernel, let stride, let padding, let bias, let initialization):
      let output = ImageShape(
        channels: outputChannels, height: (shape.height + 2 * padding - kernel) / stride + 1,
        width: (shape.width + 2 * padding - kernel) / stride + 1)
      let parameters = Architecture.LayerParameters(
        name: name, weightShape: [outputChannels, shape.channels, kernel, kernel], bias: bias,
        initialization: initialization)
      return (output, parameters)
    case .linear(let name, let outputs, let bias, let initialization):
      let parameters = Architecture.LayerParameters(
        name: name, weightShape: [outputs, shape.elements], bias: bias, initialization: initialization)
      return (ImageShape(channels: outputs, height: 1, width: 1), parameters)
    case .maxPooling(let window), .averagePooling(let window):
      let output = ImageShape(
        channels: shape.channels, height: shape.height / window, width: shape.width / window)
      return (output, nil)
    case .globalAveragePooling:
      return (ImageShape(channels: shape.channels, height: 1, width: 1), nil)
    case .flatten:
      return (ImageShape(channels: shape.elements, height: 1, width: 1), nil)
    case .batchNormalization(let name):
      let parameters = Architecture.LayerParameters(
        name: name, weightShape: [shape.channels], bias: true, initialization: .one)
      return (shape, parameters)
    case .normalization(let means, let deviations):
      precondition(
        means.count == shape.channels && deviations.count == shape.channels,
        "\(means.count) means and \(deviations.count) deviations for \(shape.channels) channels")
      return (shape, nil)
    case .residual(let main, let shortcut):
      let outputs = [main, shortcut].map { $0.reduce(shape) { $1.applied(to: $0).0 } }
      precondition(outputs[0] == outputs[1], "branches that end with \(outputs[0]) and \(outputs[1])")
      return (outputs[0], nil)
    case .relu, .swish, .dropout, .channelDropout:
      return (shape, nil)
    }
  }
}
