import Exchange
import Networks
import Tensors
import Testing

@Suite("ONNX files")
struct ONNXModelTests {
  /// An architecture on images of a shape.
  struct Case: CustomTestStringConvertible, Sendable {
    let architecture: Architecture
    var testDescription: String { "\(architecture.name) on \(architecture.input)" }

    /// Every architecture, on images that are not square where it takes them.
    static let all =
      Architecture.names.compactMap { name in
        Architecture.named(
          name, input: ImageShape(channels: 2, height: 17, width: 20), classes: 5, hiddenUnits: [7, 6])
      }.map(Case.init) + [
        Case(
          architecture: Architecture.logisticRegression(
            input: ImageShape(channels: 1, height: 3, width: 2), classes: 4, bias: false)),
        Case(
          architecture: Architecture(
            name: "pooled", input: ImageShape(channels: 3, height: 9, width: 7), outputs: 4,
            layers: [
              .convolution("stem", outputChannels: 4, kernel: 3, stride: 2, padding: 1),
              .averagePooling(window: 2),
              .flatten, .linear("head", outputs: 4),
            ])),
        Case(
          architecture: Architecture.wideResNet(
            depth: 10, width: 1, input: ImageShape(channels: 3, height: 8, width: 12), classes: 4)),
        Case(
          architecture: Architecture.wideResNet(
            depth: 10, width: 1, input: ImageShape(channels: 3, height: 8, width: 8), classes: 4,
            activation: .swish
          ).normalizing(means: [0.4, 0.5, 0.6], deviations: [0.2, 0.25, 0.3])),
      ]

    /// Parameters that are random throughout.
    func parameters() -> ParameterArena {
      let arena = ParameterArena(architecture.parameterLayout())
      var stream = RandomStream(RandomIdentity(seed: 3, purpose: .synthetic))
      for entry in arena.layout.entries {
        // Variances are positive, and counters whole.
        let isPositive = entry.name.hasSuffix(".running_var")
        for i in 0..<entry.count {
          arena.values(entry)[i] =
            entry.isCount ? 3 : isPositive ? 0.5 + stream.uniform() : 0.3 * stream.symmetric()
        }
      }
      return arena
    }
  }

  @Test("What the file describes computes the network's outputs", arguments: Case.all)
  func outputs(_ own: Case) throws {
    let (architecture, parameters) = (own.architecture, own.parameters())
    let bytes = try ONNXModel(architecture, parameters.namedTensors()).encoded()
    let graph = try GraphInterpreter(ProtobufMessage(Array(bytes)).message(7))
    let rows = 3
    let network = try CompiledNetwork(architecture, microbatch: rows)
    try network.load(parameters)
    let session = try network.makeSession()
    var stream = RandomStream(RandomIdentity(seed: 4, purpose: .synthetic))
    let images = (0..<rows * architecture.input.elements).map { _ in stream.uniform() }
    session.images.update(from: images, count: images.count)
    try session.forward(.evaluation)

    let input = architecture.input
    let found = try graph.run(
      .init(shape: [rows, input.channels, input.height, input.width], values: images.map(Double.init)))

    #expect(found.shape == [rows, architecture.outputs])
    let largest = found.values.map(abs).max() ?? 0
    #expect(largest > 0.01)
    for (i, value) in found.values.enumerated() {
      // Residual networks are compared within 1e-4.
      let limit = own.architecture.usesBatchNormalization ? 1e-4 : 1e-5
      #expect(abs(value - Double(session.outputs[i])) < limit * largest)
    }
  }

  @Test("The file says its version, its operators, its open batch, and its metadata")
  func header() throws {
    let own = Case.all[3]
    let model = try ONNXModel(
      own.architecture, own.parameters().namedTensors(), metadata: ["model.name": "lenet", "a": "ü"])
    let message = try ProtobufMessage(Array(model.encoded()))
    let graph = try message.message(7)

    #expect(try message.integer(1) == 7 && message.text(2) == "holdfast")
    #expect(try message.message(8).text(1) == "" && message.message(8).integer(2) == 13)
    #expect(try message.messages(14).map { try $0.text(1) } == ["a", "model.name"])
    #expect(try message.messages(14).map { try $0.text(2) } == ["ü", "lenet"])
    #expect(try graph.text(2) == own.architecture.name)
    for (field, name, extents) in [(11, "images", [2, 17, 20]), (12, "logits", [5])] {
      let value = try graph.message(field)
      let tensor = try value.message(2).message(1)
      let dimensions = try tensor.message(2).messages(1)
      #expect(try value.text(1) == name && tensor.integer(1) == 1)
      #expect(try dimensions[0].text(2) == "batch")
      #expect(try dimensions.dropFirst().map { try $0.integer(1) } == extents)
    }
  }

  @Test("Weights bear the names, shapes and bits of the parameters, and dropout is left out")
  func initializers() throws {
    let own = Case.all[3]
    let parameters = own.parameters().namedTensors()
    let bytes = try Array(ONNXModel(own.architecture, parameters).encoded())
    let graph = try GraphInterpreter(ProtobufMessage(bytes).message(7))

    #expect(own.architecture.name == "lenet")
    #expect(graph.initializers.count == parameters.count)
    for tensor in parameters {
      let written = try #require(graph.initializers[tensor.name])
      #expect(written.shape == tensor.shape && written.values == tensor.values.map(Double.init))
    }
    #expect(
      graph.nodes.map(\.type) == [
        "Conv", "MaxPool", "Relu", "Conv", "MaxPool", "Relu", "Flatten", "Gemm", "Relu", "Gemm",
      ])
    #expect(Set(graph.nodes.map(\.output)).count == graph.nodes.count)
    #expect(bytes == (try Array(ONNXModel(own.architecture, parameters).encoded())))
  }

  @Test("Weights that do not fit are refused by name")
  func mismatch() throws {
    let own = Case.all[0]
    var parameters = own.parameters().namedTensors()
    parameters[0].name = "other"
    let error = #expect(throws: ParameterMismatch.self) { try ONNXModel(own.architecture, parameters) }

    #expect(error?.description.contains("fc.weight") == true)
  }
}
