import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Architectures")
struct ArchitectureTests {
  static let digits = ImageShape(channels: 1, height: 28, width: 28)
  static let photos = ImageShape(channels: 3, height: 32, width: 32)

  struct Expected: CustomTestStringConvertible, Sendable {
    var name: String
    var count: Int
    var tensors: [String: [Int]]
    var testDescription: String { name }
  }

  static let published: [Expected] = [
    Expected(
      name: "logistic-regression", count: 7850, tensors: ["fc.weight": [10, 784], "fc.bias": [10]]),
    Expected(name: "linear-binary", count: 785, tensors: ["fc.weight": [1, 784], "fc.bias": [1]]),
    Expected(
      name: "mlp", count: 79_510,
      tensors: [
        "fc1.weight": [100, 784], "fc1.bias": [100], "fc2.weight": [10, 100], "fc2.bias": [10],
      ]),
    Expected(
      name: "lenet", count: 21_840,
      tensors: [
        "conv1.weight": [10, 1, 5, 5], "conv1.bias": [10], "conv2.weight": [20, 10, 5, 5],
        "conv2.bias": [20], "fc1.weight": [50, 320], "fc1.bias": [50], "fc2.weight": [10, 50],
        "fc2.bias": [10],
      ]),
    Expected(
      name: "cnn-small", count: 166_406,
      tensors: [
        "conv1.weight": [16, 1, 4, 4], "conv1.bias": [16], "conv2.weight": [32, 16, 4, 4],
        "conv2.bias": [32], "fc1.weight": [100, 1568], "fc1.bias": [100], "fc2.weight": [10, 100],
        "fc2.bias": [10],
      ]),
    Expected(
      name: "cnn-madry", count: 3_274_634,
      tensors: [
        "conv1.weight": [32, 1, 5, 5], "conv1.bias": [32], "conv2.weight": [64, 32, 5, 5],
        "conv2.bias": [64], "fc1.weight": [1024, 3136], "fc1.bias": [1024], "fc2.weight": [10, 1024],
        "fc2.bias": [10],
      ]),
    Expected(
      name: "cnn-trades", count: 312_202,
      tensors: [
        "conv1.weight": [32, 1, 3, 3], "conv1.bias": [32], "conv2.weight": [32, 32, 3, 3],
        "conv2.bias": [32], "conv3.weight": [64, 32, 3, 3], "conv3.bias": [64],
        "conv4.weight": [64, 64, 3, 3], "conv4.bias": [64], "fc1.weight": [200, 1024], "fc1.bias": [200],
        "fc2.weight": [200, 200], "fc2.bias": [200], "fc3.weight": [10, 200], "fc3.bias": [10],
      ]),
    Expected(
      name: "cnn-ibp-small", count: 329_606,
      tensors: [
        "conv1.weight": [16, 1, 4, 4], "conv1.bias": [16], "conv2.weight": [32, 16, 4, 4],
        "conv2.bias": [32], "fc1.weight": [100, 3200], "fc1.bias": [100], "fc2.weight": [10, 100],
        "fc2.bias": [10],
      ]),
    Expected(
      name: "cnn-ibp-medium", count: 893_418,
      tensors: [
        "conv1.weight": [32, 1, 3, 3], "conv1.bias": [32], "conv2.weight": [32, 32, 4, 4],
        "conv2.bias": [32], "conv3.weight": [64, 32, 3, 3], "conv3.bias": [64],
        "conv4.weight": [64, 64, 4, 4], "conv4.bias": [64], "fc1.weight": [512, 1024], "fc1.bias": [512],
        "fc2.weight": [512, 512], "fc2.bias": [512], "fc3.weight": [10, 512], "fc3.bias": [10],
      ]),
    Expected(
      name: "cnn-ibp-large", count: 13_257_290,
      tensors: [
        "conv1.weight": [64, 1, 3, 3], "conv1.bias": [64], "conv2.weight": [64, 64, 3, 3],
        "conv2.bias": [64], "conv3.weight": [128, 64, 3, 3], "conv3.bias": [128],
        "conv4.weight": [128, 128, 3, 3], "conv4.bias": [128], "conv5.weight": [128, 128, 3, 3],
        "conv5.bias": [128], "fc1.weight": [512, 25088], "fc1.bias": [512], "fc2.weight": [10, 512],
        "fc2.bias": [10],
      ]),
  ]

  @Test("Parameters have the published names, shapes and number", arguments: published)
  func parameters(_ expected: Expected) throws {
    let architecture = try #require(
      Architecture.named(expected.name, input: Self.digits, classes: 10))
    let layout = architecture.parameterLayout()

    #expect(architecture.name == expected.name)
    #expect(layout.parameterCount == expected.count)
    #expect(layout.entries.count == expected.tensors.count)
    for entry in layout.entries { #expect(entry.shape == expected.tensors[entry.name], "\(entry.name)") }
  }

  @Test("Every name of the catalog is checked here, and no other name is known")
  func catalog() {
    #expect(Set(Self.published.map(\.name)) == Set(Architecture.names))
    #expect(Architecture.named("resnet", input: Self.digits, classes: 10) == nil)
    for wrong in [
      "wrn-27-10", "wrn-4-1", "wrn-28", "wrn-028-10", "wrn-28-0", "wrn-28-10-1", "wrn--28-10", "wrn",
    ] {
      #expect(Architecture.named(wrong, input: Self.photos, classes: 10) == nil, "\(wrong)")
    }
  }

  /// Numbers of parameters as PyTorch counts them.
  @Test(
    "Residual networks have the published number of parameters",
    arguments: [
      ("preact-resnet18", 11_172_170), ("wrn-28-10", 36_479_194), ("wrn-34-10", 46_160_474),
      ("wrn-10-1", 77_850),
    ])
  func residualNetworks(name: String, count: Int) throws {
    let architecture = try #require(Architecture.named(name, input: Self.photos, classes: 10))
    let layout = architecture.parameterLayout()

    #expect(architecture.name == name)
    #expect(layout.parameterCount == count)
    #expect(architecture.usesBatchNormalization)
  }

  @Test("Tensors of residual networks are named and shaped as in PyTorch")
  func residualNames() throws {
    let architecture = try #require(Architecture.named("preact-resnet18", input: Self.photos, classes: 10))
    let layout = architecture.parameterLayout()
    let expected: [String: [Int]] = [
      "conv1.weight": [64, 3, 3, 3], "layer1.0.bn1.weight": [64], "layer1.0.conv1.weight": [64, 64, 3, 3],
      "layer2.0.bn1.running_mean": [64], "layer2.0.bn2.running_var": [128],
      "layer2.0.shortcut.0.weight": [128, 64, 1, 1], "layer4.1.conv2.weight": [512, 512, 3, 3],
      "bn.num_batches_tracked": [], "bn.bias": [512], "linear.weight": [10, 512], "linear.bias": [10],
    ]
    for (name, shape) in expected { #expect(layout[name]?.shape == shape, "\(name)") }
    // 1 + 16 + 3 convolutions, 17 normalizations of five tensors, and the last layer.
    #expect(layout.entries.count == 20 + 17 * 5 + 2)
    #expect(layout.buffers.count == 17 * 3)
    #expect(layout.buffers.allSatisfy { $0.name.contains("running") || $0.isCount })

    let wide = try #require(Architecture.named("wrn-10-2", input: Self.photos, classes: 10))
    #expect(
      wide.parameterLayout().trainedEntries.map(\.name).prefix(7) == [
        "conv1.weight", "block1.layer.0.bn1.weight", "block1.layer.0.bn1.bias", "block1.layer.0.conv1.weight",
        "block1.layer.0.bn2.weight", "block1.layer.0.bn2.bias", "block1.layer.0.conv2.weight",
      ])
    #expect(wide.parameterLayout()["block3.layer.0.convShortcut.weight"]?.shape == [128, 64, 1, 1])
    #expect(wide.parameterLayout()["fc.weight"]?.shape == [10, 128])
  }

  @Test("Running statistics begin at zero and one, and follow as PyTorch's do")
  func runningStatistics() throws {
    let architecture = try #require(Architecture.named("wrn-10-1", input: Self.photos, classes: 10))
    let parameters = architecture.initialParameters(seed: 1)
    let layout = parameters.layout
    let (mean, variance, count) = (
      try #require(layout["bn1.running_mean"]), try #require(layout["bn1.running_var"]),
      try #require(layout["bn1.num_batches_tracked"])
    )
    #expect(
      parameters.values(mean).allSatisfy { $0 == 0 } && parameters.values(variance).allSatisfy { $0 == 1 })

    let statistics = RunningStatistics(layout)
    let gradient = ParameterArena(layout)
    gradient.values(mean).update(repeating: 2)
    gradient.values(variance).update(repeating: 3)
    gradient.values(count).update(repeating: 1)
    statistics.update(parameters, with: gradient)

    #expect(parameters.values(mean).allSatisfy { abs($0 - 0.2) < 1e-6 })
    #expect(parameters.values(variance).allSatisfy { abs($0 - 1.2) < 1e-6 })
    #expect(parameters.pointer[count.offset] == 1)

    // Two passes in one gradient: the earlier one has aged.
    statistics.age(gradient)
    let later = ParameterArena(layout)
    later.values(mean).update(repeating: 5)
    later.values(variance).update(repeating: 7)
    later.values(count).update(repeating: 1)
    for i in 0..<layout.count { gradient.pointer[i] += later.pointer[i] }
    statistics.update(parameters, with: gradient)

    let expected = (0.9 * (0.9 * 0.2 + 0.1 * 2) + 0.1 * 5, 0.9 * (0.9 * 1.2 + 0.1 * 3) + 0.1 * 7)
    #expect(parameters.values(mean).allSatisfy { abs(Double($0) - expected.0) < 1e-6 })
    #expect(parameters.values(variance).allSatisfy { abs(Double($0) - expected.1) < 1e-6 })
    #expect(parameters.pointer[count.offset] == 3)

    // A pass that took no statistics changes none.
    gradient.values(count).update(repeating: 0)
    let before = bits(parameters.storage.elements)
    statistics.update(parameters, with: gradient)
    #expect(bits(parameters.storage.elements) == before)
  }

  @Test("Hidden layers of an mlp are numbered, and biases can be left out of linear models")
  func variants() throws {
    let mlp = try #require(
      Architecture.named("mlp", input: Self.digits, classes: 3, hiddenUnits: [20, 30]))
    #expect(
      mlp.parameterLayout().entries.map(\.name) == [
        "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
      ])
    #expect(mlp.parameterLayout()["fc3.weight"]?.shape == [3, 30])

    let binary = try #require(
      Architecture.named("linear-binary", input: Self.digits, classes: 2, bias: false))
    #expect(binary.parameterLayout().entries.map(\.name) == ["fc.weight"])
    #expect(binary.outputs == 1)
  }

  @Test("Linear models are known as such")
  func linearity() {
    let linear = Architecture.names.filter { name in
      Architecture.named(name, input: Self.digits, classes: 10)?.isLinear == true
    }
    #expect(linear == ["logistic-regression", "linear-binary"])
    // Two linear layers are a linear map, but not one weight matrix.
    let deep = Architecture.multilayerPerceptron(input: Self.digits, classes: 10, hiddenUnits: [])
    #expect(deep.isLinear)
    let two = Architecture(
      name: "two", input: Self.digits, outputs: 10,
      layers: [.flatten, .linear("a", outputs: 5), .linear("b", outputs: 10)])
    #expect(!two.isLinear)
  }
}
