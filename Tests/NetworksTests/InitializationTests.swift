import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Initialization")
struct InitializationTests {
  private func parameters(_ name: String, seed: UInt64 = 1) throws -> ParameterArena {
    let input = ImageShape(channels: 1, height: 28, width: 28)
    return try #require(Architecture.named(name, input: input, classes: 10)).initialParameters(seed: seed)
  }

  private func moments(_ values: UnsafeMutableBufferPointer<Float>) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    let square = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (mean, (square / Double(values.count)).squareRoot())
  }

  /// Checks mean zero and a standard deviation within five standard errors.
  private func expect(
    _ values: UnsafeMutableBufferPointer<Float>, deviation: Double, _ name: String,
    at location: SourceLocation = #_sourceLocation
  ) {
    let (mean, found) = moments(values)
    let error = 5 / Double(values.count).squareRoot()
    #expect(abs(mean) < error * deviation, "mean of \(name)", sourceLocation: location)
    #expect(abs(found / deviation - 1) < error, "deviation of \(name)", sourceLocation: location)
  }

  @Test(
    "PyTorch's default is uniform within 1/sqrt(fan in), biases too",
    arguments: ["logistic-regression", "mlp", "lenet", "cnn-small"])
  func uniform(_ name: String) throws {
    let arena = try parameters(name)
    for entry in arena.layout.entries {
      let layer = try #require(entry.name.split(separator: ".").first)
      let weight = try #require(arena.layout["\(layer).weight"])
      let bound = 1 / Double(weight.shape.dropFirst().reduce(1, *)).squareRoot()
      let values = arena.values(entry)
      #expect(values.allSatisfy { abs(Double($0)) <= bound * (1 + 1e-6) }, "\(entry.name)")
      if entry.count >= 100 {
        expect(values, deviation: bound / 3.0.squareRoot(), entry.name)
        #expect((values.max() ?? 0) > Float(0.9 * bound) && (values.min() ?? 0) < Float(-0.9 * bound))
      }
      #expect(Set(values).count > entry.count / 2)
    }
  }

  @Test("cnn-madry starts from normal weights of deviation 0.1 cut off at 0.2, and biases of 0.1")
  func truncatedNormal() throws {
    let arena = try parameters("cnn-madry")
    for entry in arena.layout.entries {
      let values = arena.values(entry)
      if entry.name.hasSuffix("bias") {
        #expect(values.allSatisfy { $0 == 0.1 })
      } else {
        #expect(values.allSatisfy { abs($0) <= 0.2 })
        // The deviation of a standard normal that is cut off at two is 0.87963.
        expect(values, deviation: 0.1 * 0.879_626, entry.name)
      }
    }
  }

  @Test("cnn-trades starts from Kaiming normal convolutions and a last layer of zeros")
  func kaimingNormal() throws {
    let arena = try parameters("cnn-trades")
    for entry in arena.layout.entries {
      let values = arena.values(entry)
      let fanIn = Double(entry.shape.dropFirst().reduce(1, *))
      if entry.name.hasPrefix("fc3") || (entry.name.hasPrefix("conv") && entry.name.hasSuffix("bias")) {
        #expect(values.allSatisfy { $0 == 0 }, "\(entry.name)")
      } else if entry.name.hasPrefix("conv") {
        expect(values, deviation: (2 / fanIn).squareRoot(), entry.name)
        // A normal distribution has values beyond what a uniform one of this deviation could.
        #expect(values.contains { Double(abs($0)) > 2 * (2 / fanIn).squareRoot() })
      } else if entry.name.hasSuffix("weight") {
        expect(values, deviation: 1 / (3 * fanIn).squareRoot(), entry.name)
      }
    }
  }

  @Test("linear-binary starts at zero")
  func zero() throws {
    let arena = try parameters("linear-binary")
    #expect(arena.storage.elements.allSatisfy { $0 == 0 })
  }

  @Test("The seed alone decides, and every tensor has numbers of its own")
  func seeds() throws {
    let first = try parameters("lenet")
    let again = try parameters("lenet")
    #expect(bits(first.storage.elements) == bits(again.storage.elements))
    let other = try parameters("lenet", seed: 2)
    for entry in first.layout.entries {
      #expect(Array(first.values(entry)) != Array(other.values(entry)), "\(entry.name)")
    }

    let mlp = Architecture.multilayerPerceptron(
      input: ImageShape(channels: 1, height: 1, width: 50), classes: 50, hiddenUnits: [50])
    let arena = mlp.initialParameters(seed: 1)
    let weights = arena.layout.entries.filter { $0.shape == [50, 50] }
    #expect(weights.count == 2)
    #expect(Set(weights.map { Array(arena.values($0)) }).count == 2)
  }
}
