import Networks
import Tensors
import Testing

@Suite("Architectures")
struct ArchitectureTests {
  static let digits = ImageShape(channels: 1, height: 28, width: 28)

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
