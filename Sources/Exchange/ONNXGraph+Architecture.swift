import Networks
import Tensors

extension ONNXGraph {
  /// The nodes of an architecture: one for most layers, none for dropout.
  init(_ architecture: Architecture, _ parameters: [NamedTensor]) {
    let input = architecture.input
    self.init(
      name: architecture.name,
      // Counters of batches mean nothing outside of training.
      initializers: parameters.filter { !$0.isWhole },
      input: Value(name: "images", shape: [input.channels, input.height, input.width]),
      output: Value(name: "logits", shape: [architecture.outputs]))
    _ = append(architecture.layers, to: self.input.name)
    if let last = nodes.indices.last { nodes[last].output = output.name }
  }

  /// Adds the nodes of layers that stand one behind the other.
  ///
  /// - Returns: The name of what comes out.
  private mutating func append(_ layers: [Layer], to value: String) -> String {
    layers.reduce(value) { append($1, to: $0) }
  }

  private mutating func append(_ layer: Layer, to value: String) -> String {
    switch layer {
    case .convolution(let name, _, let kernel, let stride, let padding, _, _):
      return append(
        "Conv", named: name, [value] + weights(of: name),
        [
          ("dilations", .integers([1, 1])), ("group", .integer(1)),
          ("kernel_shape", .integers([kernel, kernel])),
          ("pads", .integers([padding, padding, padding, padding])),
          ("strides", .integers([stride, stride])),
        ])
    case .batchNormalization(let name):
      let statistics = ["\(name).running_mean", "\(name).running_var"]
      return append(
        "BatchNormalization", named: name, [value] + weights(of: name) + statistics,
        [("epsilon", .number(1e-5))])
    case .normalization(let means, let deviations):
      let mean = addConstant("normalization.mean", means)
      let deviation = addConstant("normalization.deviation", deviations)
      return append("Div", [append("Sub", [value, mean]), deviation])
    case .residual(let main, let shortcut):
      return append("Add", [append(main, to: value), append(shortcut, to: value)])
    case .swish:
      return append("Mul", [value, append("Sigmoid", [value])])
    case .globalAveragePooling:
      // batch x C x 1 x 1, of which the linear layer behind it wants the first two.
      return append("Flatten", [append("GlobalAveragePool", [value])], [("axis", .integer(1))])
    case .linear(let name, _, _, _):
      // alpha A B^T + beta C.
      return append(
        "Gemm", named: name, [value] + weights(of: name),
        [("alpha", .number(1)), ("beta", .number(1)), ("transB", .integer(1))])
    case .relu:
      return append("Relu", [value])
    case .maxPooling(let window):
      return append("MaxPool", [value], Self.sideBySide(window))
    case .averagePooling(let window):
      return append("AveragePool", [value], Self.sideBySide(window))
    case .flatten:
      return append("Flatten", [value], [("axis", .integer(1))])
    case .dropout, .channelDropout:
      return value
    }
  }

  /// Adds a node, whose output is called after a layer's parameters or after the node's place.
  private mutating func append(
    _ type: String, named name: String? = nil, _ inputs: [String],
    _ attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    let output = name ?? "\(type)_\(nodes.count)"
    nodes.append(Node(type: type, inputs: inputs, output: output, attributes: attributes))
    return output
  }

  /// Adds a value for each channel.
  private mutating func addConstant(_ name: String, _ values: [Float]) -> String {
    initializers.append(NamedTensor(name: name, shape: [1, values.count, 1, 1], values: values))
    return name
  }

  /// The weights of a layer, and its bias where it has one.
  private func weights(of name: String) -> [String] {
    ["\(name).weight", "\(name).bias"].filter { name in initializers.contains { $0.name == name } }
  }

  /// Windows side by side; rows and columns that fill none are left out.
  private static func sideBySide(_ window: Int) -> [(name: String, value: Attribute)] {
    [
      ("kernel_shape", .integers([window, window])), ("pads", .integers([0, 0, 0, 0])),
      ("strides", .integers([window, window])),
    ]
  }
}
