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

  /// The names and extents of all parameters, in the order of the layers.
  public func parameterLayout() -> ParameterLayout {
    var tensors: [(name: String, shape: [Int])] = []
    for step in resolved() {
      guard let parameters = step.parameters else { continue }
      tensors.append(("\(parameters.name).weight", parameters.weightShape))
      if parameters.bias { tensors.append(("\(parameters.name).bias", [parameters.weightShape[0]])) }
    }
    return ParameterLayout(tensors)
  }
}

extension Architecture {
  /// A layer with the shapes it meets.
  struct ResolvedLayer {
    let layer: Layer
    let input: ImageShape
    let output: ImageShape
    let parameters: LayerParameters?
  }

  /// The parameters of a layer.
  struct LayerParameters {
    let name: String
    let weightShape: [Int]
    let bias: Bool
    let initialization: Initialization

    /// The number of inputs that one output sums over.
    var fanIn: Int { weightShape.dropFirst().reduce(1, *) }
  }

  /// Follows the shapes through the layers.
  func resolved() -> [ResolvedLayer] {
    var shape = input
    let steps = layers.map { layer in
      let (output, parameters) = layer.applied(to: shape)
      defer { shape = output }
      return ResolvedLayer(layer: layer, input: shape, output: output, parameters: parameters)
    }
    precondition(shape.elements == outputs, "\(name) ends with \(shape), not with \(outputs) outputs")
    return steps
  }
}

extension Layer {
  /// The shape that comes out when `shape` goes in, and the parameters needed for it.
  func applied(to shape: ImageShape) -> (ImageShape, Architecture.LayerParameters?) {
    switch self {
    case .convolution(let name, let outputChannels, let kernel, let stride, let padding, let initialization):
      let output = ImageShape(
        channels: outputChannels, height: (shape.height + 2 * padding - kernel) / stride + 1,
        width: (shape.width + 2 * padding - kernel) / stride + 1)
      let parameters = Architecture.LayerParameters(
        name: name, weightShape: [outputChannels, shape.channels, kernel, kernel], bias: true,
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
    case .flatten:
      return (ImageShape(channels: shape.elements, height: 1, width: 1), nil)
    case .relu, .dropout, .channelDropout:
      return (shape, nil)
    }
  }
}
