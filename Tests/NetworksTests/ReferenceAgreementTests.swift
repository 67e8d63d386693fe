import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Compiled networks against the Double reference")
struct ReferenceAgreementTests {
  /// Shapes that no catalog architecture has: many input channels, odd extents, means, overlapping windows.
  static let unusual = NetworkCase(
    architecture: Architecture(
      name: "unusual", input: ImageShape(channels: 5, height: 13, width: 11), outputs: 3,
      layers: [
        .convolution("a", outputChannels: 20, kernel: 3, padding: 1), .relu, .averagePooling(window: 2),
        .channelDropout(0.2), .convolution("b", outputChannels: 9, kernel: 2, stride: 2, padding: 1), .relu,
        .maxPooling(window: 2), .flatten, .linear("c", outputs: 7, bias: false), .relu, .dropout(0.3),
        .linear("d", outputs: 3),
      ]))
  static let training = ForwardMode.training(seed: 3, step: 7, pass: 2)
  static let identities: [UInt32] = [10, 3, 99, 4_000_000_000, 0]

  @Test(
    "Outputs and gradients agree to 1e-5, in evaluation and in training",
    arguments: NetworkCase.all + [unusual], [false, true])
  func agreement(_ network: NetworkCase, isTraining: Bool) throws {
    let mode = isTraining ? Self.training : .evaluation
    let parameters = network.parameters()
    let reference = ReferenceNetwork(network.architecture, parameters)
    let session = try network.session(parameters, microbatch: Self.identities.count)
    session.samples.pointer.update(from: Self.identities, count: Self.identities.count)
    var images: [Float] = []
    var traces: [ReferenceNetwork.Trace] = []
    for identity in Self.identities {
      let (image, trace) = try smoothSample(network, reference, mode, identity, after: images.count)
      images += image
      traces.append(trace)
    }
    let direction = uniformValues(traces.count * session.outputCount, seed: 5)

    let result = try session.run(images, direction: direction, mode: mode)
    let gradient = try session.parameterGradient(direction: direction, mode: mode)

    var expectedGradient: [String: [Double]]? = [:]
    var expectedImageGradient: [Double] = []
    for (row, trace) in traces.enumerated() {
      let outputs = row * session.outputCount..<(row + 1) * session.outputCount
      expectedImageGradient += reference.backward(
        trace, outputGradient: direction[outputs].map(Double.init), addingTo: &expectedGradient)
    }
    #expect(relativeError(result.outputs, traces.flatMap(\.outputs)) <= 1e-5)
    #expect(relativeError(result.gradient, expectedImageGradient) <= 1e-5)
    for entry in gradient.layout.entries {
      let expected = try #require(expectedGradient?[entry.name])
      #expect(relativeError(gradient.values(entry), expected) <= 1e-5, "\(entry.name)")
    }
  }

  @Test(
    "The reference agrees with finite differences",
    arguments: NetworkCase.all.prefix(Architecture.names.count) + [unusual])
  func finiteDifferences(_ network: NetworkCase) throws {
    let reference = ReferenceNetwork(network.architecture, network.parameters())
    let (pixels, trace) = try smoothSample(network, reference, Self.training, 1, after: 0)
    let image = pixels.map(Double.init)
    let direction = uniformValues(network.architecture.outputs, seed: 5).map(Double.init)
    let loss = { (reference: ReferenceNetwork, image: [Double]) in
      zip(reference.forward(image, Self.training, sample: 1).outputs, direction).reduce(0) {
        $0 + $1.0 * $1.1
      }
    }
    // Networks of ReLU and maxima are linear around a point: a step only has to stay off the kinks.
    let step = 1e-7
    var gradients: [String: [Double]]? = [:]
    let imageGradient = reference.backward(trace, outputGradient: direction, addingTo: &gradients)
    let scale = imageGradient.reduce(0) { max($0, abs($1)) }

    for i in stride(from: 1, to: image.count, by: image.count / 6) {
      var (above, below) = (image, image)
      above[i] += step
      below[i] -= step
      let slope = (loss(reference, above) - loss(reference, below)) / (2 * step)
      #expect(abs(slope - imageGradient[i]) <= 1e-5 * scale, "pixel \(i)")
    }
    for (name, gradient) in gradients ?? [:] {
      let scale = gradient.reduce(0) { max($0, abs($1)) }
      for i in Set([0, gradient.count * 2 / 3]) {
        var (above, below) = (reference, reference)
        above.parameters[name]?[i] += step
        below.parameters[name]?[i] -= step
        let slope = (loss(above, image) - loss(below, image)) / (2 * step)
        #expect(abs(slope - gradient[i]) <= 1e-5 * scale, "\(name)[\(i)]")
      }
    }
  }

  @Test("Running a session again gives the same bits, whatever ran in between", arguments: NetworkCase.all)
  func repetition(_ network: NetworkCase) throws {
    let session = try network.session(network.parameters(), microbatch: 3)
    let images = (0..<3).flatMap(network.image)
    let direction = uniformValues(3 * session.outputCount, seed: 5)

    let first = try session.run(images, direction: direction)
    _ = try session.run(images.map { 1 - $0 }, direction: direction, mode: Self.training)
    _ = try session.parameterGradient(direction: direction, mode: Self.training)
    let again = try session.run(images, direction: direction)

    #expect(bits(first.outputs) == bits(again.outputs))
    #expect(bits(first.gradient) == bits(again.gradient))
  }

  /// The first image from number `start` on for which float32 and Double take the same branches.
  private func smoothSample(
    _ network: NetworkCase, _ reference: ReferenceNetwork, _ mode: ForwardMode, _ identity: UInt32,
    after start: Int
  ) throws -> ([Float], ReferenceNetwork.Trace) {
    for number in start..<start + 100 {
      let image = network.image(number)
      let trace = reference.forward(image.map(Double.init), mode, sample: identity)
      if trace.distanceToKink > 2e-6 { return (image, trace) }
    }
    throw NoSmoothSample()
  }

  private struct NoSmoothSample: Error {}
}
