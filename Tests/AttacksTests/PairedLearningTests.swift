import Attacks
import Foundation
import Networks
import Tensors
import Testing

@Suite("Learning from pairs of clean and adversarial images")
struct PairedLearningTests {
  private static let losses = [PairedLoss(.trades, beta: 6), PairedLoss(.mart, beta: 5)]
  private static let image = ImageShape(channels: 1, height: 16, width: 16)

  /// A workspace with 5 samples in micro-batches of 6, and adversarial examples in its session.
  private func makeWorkspace(_ network: CompiledNetwork) throws -> AttackWorkspace {
    let workspace = try AttackWorkspace(network)
    workspace.batch.removeAll()
    let samples = makeSamples(5, elements: 256, classes: 10)
    for sample in samples {
      workspace.batch.append(label: sample.label, sample: sample.index) {
        $0.update(from: sample.image, count: 256)
      }
    }
    workspace.finishFilling()
    var random = stream(77)
    for i in 0..<5 * 256 { workspace.session.images[i] += 0.2 * random.symmetric() }
    return workspace
  }

  @Test(
    "The gradient through both passes agrees with finite differences, dropout's masks held",
    arguments: losses,
    [true, false])
  func differences(_ loss: PairedLoss, hasDropout: Bool) throws {
    let architecture =
      hasDropout
      ? Architecture.lenet(input: Self.image, classes: 10)
      : .cnnSmall(input: Self.image, classes: 10)
    let network = try CompiledNetwork(architecture, microbatch: 6)
    let parameters = architecture.testParameters()
    let workspace = try makeWorkspace(network)
    let gradient = ParameterArena(parameters.layout)
    func learn(_ parameters: ParameterArena, into gradient: ParameterArena) throws -> Double {
      try network.load(parameters)
      return try workspace.learn(
        .paired(loss), mode: { .training(seed: 3, step: 4, pass: UInt32(10 + $0)) }, into: gradient
      ).loss
    }
    _ = try learn(parameters, into: gradient)

    // Along the gradient of each tensor, where the slope is steepest and rounding matters least.
    let scratch = ParameterArena(parameters.layout)
    for entry in parameters.layout.entries {
      let direction = gradient.values(entry)
      let length = direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      try #require(length > 0)
      func value(_ distance: Double) throws -> Double {
        let moved = ParameterArena(parameters.layout)
        moved.copy(from: parameters)
        for i in 0..<entry.count { moved.values(entry)[i] += Float(distance / length * Double(direction[i])) }
        return try learn(moved, into: scratch)
      }
      let step = 1e-3
      let slope = (try value(step) - value(-step)) / (2 * step)
      #expect(abs(slope / length - 1) < 0.01, "\(entry.name)")
    }
  }

  @Test("It counts the hits on adversarial examples, and leaves them in the session")
  func hits() throws {
    let architecture = Architecture.cnnSmall(input: Self.image, classes: 10)
    let network = try CompiledNetwork(architecture, microbatch: 6)
    try network.load(architecture.testParameters())
    let workspace = try makeWorkspace(network)
    let examples = Array(UnsafeBufferPointer(start: workspace.session.images, count: 6 * 256))
    try workspace.session.forward(.evaluation)
    let expected = (0..<5).count {
      predictedClass(workspace.session.outputs(of: $0)) == workspace.batch.labels[$0]
    }

    let gradient = ParameterArena(network.parameterLayout)
    let result = try workspace.learn(
      .paired(PairedLoss(.trades, beta: 1)), mode: { _ in .evaluation }, into: gradient)

    #expect(result.correct == expected)
    #expect(Array(UnsafeBufferPointer(start: workspace.session.images, count: 6 * 256)) == examples)
  }
}
