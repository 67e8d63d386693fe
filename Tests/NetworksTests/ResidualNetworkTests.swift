import Kernels
import Networks
import ReferenceNetworks
import Tensors
import Testing

/// A small residual network, as an argument of a test.
struct ResidualCase: CustomTestStringConvertible, Sendable {
  var architecture: Architecture
  var testDescription: String { architecture.name }

  static let image = ImageShape(channels: 3, height: 10, width: 8)

  /// Blocks with and without a convolution in the shortcut, channels that fill no register, and both activations.
  static let all: [ResidualCase] = [
    Architecture.wideResNet(depth: 10, width: 1, input: image, classes: 5),
    Architecture.wideResNet(depth: 10, width: 1, input: image, classes: 5, activation: .swish),
    Architecture(
      name: "unusual", input: image, outputs: 3,
      layers: [
        .normalization(means: [0.4, 0.5, 0.6], deviations: [0.2, 0.25, 0.3]),
        .convolution("a", outputChannels: 20, kernel: 3, padding: 1, bias: false), .batchNormalization("b"),
        .residual(
          main: [
            .convolution("c", outputChannels: 20, kernel: 3, padding: 1, bias: false),
            .batchNormalization("d"),
            .swish, .convolution("e", outputChannels: 20, kernel: 3, padding: 1),
          ], shortcut: []),
        .relu,
        .residual(
          main: [.convolution("f", outputChannels: 9, kernel: 3, stride: 2, padding: 1)],
          shortcut: [
            .convolution("g", outputChannels: 9, kernel: 1, stride: 2, bias: false), .batchNormalization("h"),
          ]),
        .swish, .globalAveragePooling, .linear("i", outputs: 7), .swish, .linear("j", outputs: 3),
      ]),
  ].map(ResidualCase.init)

  /// Parameters and running statistics that are random throughout, variances and scales positive.
  func parameters() -> ParameterArena {
    let arena = architecture.initialParameters(seed: 1)
    for (index, entry) in arena.layout.entries.enumerated() where entry.shape.count == 1 {
      let isPositive = entry.name.hasSuffix(".running_var") || entry.name.hasSuffix(".weight")
      for (i, value) in uniformValues(entry.count, seed: UInt64(50 + index)).enumerated() {
        arena.values(entry)[i] = isPositive ? 1 + value / 2 : value / 4
      }
    }
    return arena
  }

  func images(_ count: Int) -> [Float] {
    uniformValues(count * architecture.input.elements, seed: 9).map { ($0 + 1) / 2 }
  }
}

@Suite("Residual networks against the Double reference")
struct ResidualNetworkTests {
  static let training = ForwardMode.training(seed: 3, step: 7, pass: 2)

  private func rows(_ values: [Float], _ count: Int) -> [[Double]] {
    let width = values.count / count
    return (0..<count).map { values[$0 * width..<($0 + 1) * width].map(Double.init) }
  }

  @Test(
    "Outputs, gradients and statistics agree to 1e-5, with either statistics, also where rows are padding",
    arguments: ResidualCase.all, [(false, 4), (true, 4), (true, 3)])
  func agreement(_ network: ResidualCase, _ variant: (usesBatch: Bool, rows: Int)) throws {
    let (usesBatch, count) = variant
    let mode = usesBatch ? Self.training : .evaluation
    let parameters = network.parameters()
    let reference = ReferenceBatch(network.architecture, parameters)
    let compiled = try CompiledNetwork(network.architecture, microbatch: 4)
    try compiled.load(parameters)
    let session = try compiled.makeSession()
    session.rows = count
    let images = network.images(4)
    // Padding has no loss.
    var direction = uniformValues(4 * session.outputCount, seed: 5)
    for i in count * session.outputCount..<direction.count { direction[i] = 0 }

    let result = try session.run(images, direction: direction, mode: mode)
    let gradient = try session.parameterGradient(direction: direction, mode: mode)

    let used = { (values: [Float]) in rows(Array(values.prefix(values.count / 4 * count)), count) }
    let trace = reference.forward(used(images), usesBatch: usesBatch)
    let expected = trace.backward(used(direction))
    #expect(
      relativeError(result.outputs.prefix(count * session.outputCount), trace.outputs.flatMap { $0 }) <= 1e-5)
    #expect(
      relativeError(result.gradient.prefix(count * session.imageElements), expected.images.flatMap { $0 })
        <= 1e-5)
    for entry in gradient.layout.trainedEntries {
      let right = try #require(expected.parameters[entry.name], "\(entry.name)")
      #expect(relativeError(gradient.values(entry), right) <= 1e-5, "\(entry.name)")
    }
    for entry in gradient.layout.buffers {
      let found = gradient.values(entry).map { $0 / Float(count) }
      let right = entry.isCount ? [usesBatch ? 1 : 0] : trace.statistics[entry.name]
      #expect(relativeError(found, right ?? found.map { _ in 0 }) <= 1e-5, "\(entry.name)")
    }
  }

  @Test("The reference agrees with finite differences", arguments: ResidualCase.all, [false, true])
  func finiteDifferences(_ network: ResidualCase, usesBatch: Bool) throws {
    let reference = ReferenceBatch(network.architecture, network.parameters())
    let images = rows(network.images(2), 2)
    let direction = rows(uniformValues(2 * network.architecture.outputs, seed: 5), 2)
    let loss = { (reference: ReferenceBatch, images: [[Double]]) in
      zip(reference.forward(images, usesBatch: usesBatch).outputs.flatMap { $0 }, direction.flatMap { $0 })
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    let step = 1e-6
    let gradients = reference.forward(images, usesBatch: usesBatch).backward(direction)
    let scale = gradients.images.flatMap { $0 }.reduce(0) { max($0, abs($1)) }

    for i in stride(from: 1, to: images[0].count, by: images[0].count / 5) {
      var (above, below) = (images, images)
      above[1][i] += step
      below[1][i] -= step
      let slope = (loss(reference, above) - loss(reference, below)) / (2 * step)
      #expect(abs(slope - gradients.images[1][i]) <= 1e-4 * scale, "pixel \(i)")
    }
    for (name, gradient) in gradients.parameters {
      let scale = gradient.reduce(0) { max($0, abs($1)) }
      let i = gradient.count * 2 / 3
      var (above, below) = (reference, reference)
      above.parameters[name]?[i] += step
      below.parameters[name]?[i] -= step
      let slope = (loss(above, images) - loss(below, images)) / (2 * step)
      #expect(abs(slope - gradient[i]) <= 1e-4 * max(scale, 1e-3), "\(name)[\(i)]")
    }
  }

  @Test(
    "In evaluation a row's result does not depend on its neighbours or its place", arguments: ResidualCase.all
  )
  func rowIndependence(_ network: ResidualCase) throws {
    let parameters = network.parameters()
    let compiled = try CompiledNetwork(network.architecture, microbatch: 3)
    try compiled.load(parameters)
    let session = try compiled.makeSession()
    let images = rows(network.images(4), 4).map { $0.map(Float.init) }
    let direction = uniformValues(session.outputCount, seed: 5)

    let one = try session.run(
      images[0] + images[1] + images[2], direction: direction + direction + direction)
    let other = try session.run(
      images[3] + images[3] + images[0], direction: direction + direction + direction)

    let (outputs, pixels) = (session.outputCount, session.imageElements)
    #expect(bits(one.outputs.prefix(outputs)) == bits(other.outputs.suffix(outputs)))
    #expect(bits(one.gradient.prefix(pixels)) == bits(other.gradient.suffix(pixels)))
  }

  @Test("What rows of padding hold changes no bit of the others in training", arguments: ResidualCase.all)
  func padding(_ network: ResidualCase) throws {
    let compiled = try CompiledNetwork(network.architecture, microbatch: 4)
    try compiled.load(network.parameters())
    let session = try compiled.makeSession()
    session.rows = 2
    let images = network.images(4)
    var direction = uniformValues(4 * session.outputCount, seed: 5)
    for i in 2 * session.outputCount..<direction.count { direction[i] = 0 }
    var others = images
    for i in images.count / 2..<images.count { others[i] = 0 }

    _ = try session.run(images, direction: direction, mode: Self.training)
    let gradient = try session.parameterGradient(direction: direction, mode: Self.training)
    _ = try session.run(others, direction: direction, mode: Self.training)
    let again = try session.parameterGradient(direction: direction, mode: Self.training)

    #expect(bits(gradient.storage.elements) == bits(again.storage.elements))
  }

  /// Two blocks of either kind on an image whose tiles are cut at the border.
  static let filtered = Architecture.wideResNet(
    depth: 16, width: 2, input: ImageShape(channels: 3, height: 18, width: 14), classes: 5)

  @Test("Convolutions that take on what is around them give the bits of the operations alone")
  func fusedBits() throws {
    let network = ResidualCase(architecture: Self.filtered)
    let compiled = try CompiledNetwork(network.architecture, microbatch: 3)
    try compiled.load(network.parameters())
    let session = try compiled.makeSession()
    let direction = uniformValues(3 * session.outputCount, seed: 5)

    // Attacks run fused; parameter gradients need what every operation leaves behind.
    let fused = try session.run(network.images(3), direction: direction)
    session.outputGradient.update(from: direction, count: direction.count)
    try session.backwardParameters(into: ParameterArena(compiled.parameterLayout), andImages: true)

    let outputs = UnsafeBufferPointer(start: session.outputs, count: fused.outputs.count)
    let gradient = UnsafeBufferPointer(start: session.imageGradient, count: fused.gradient.count)
    #expect(bits(outputs) == bits(fused.outputs))
    #expect(bits(gradient) == bits(fused.gradient))
    #expect(fused.gradient.contains { $0 != 0 })
  }

  @Test("A session takes the memory that was said beforehand", arguments: MemoryCase.all)
  func memory(_ network: MemoryCase) throws {
    let compiled = try CompiledNetwork(network.architecture, microbatch: 5)
    let session = try compiled.makeSession()

    // What a session holds and its network does not.
    let shared = buffers(of: compiled)
    let own = buffers(of: session).filter { shared[$0.key] == nil }
    #expect(own.values.reduce(0, +) == compiled.sessionBytes)
  }
}

/// An architecture whose memory is counted.
struct MemoryCase: CustomTestStringConvertible, Sendable {
  var architecture: Architecture
  var testDescription: String { architecture.name }

  static let all =
    ResidualCase.all.map { MemoryCase(architecture: $0.architecture) }
    + ["mlp", "lenet", "cnn-small", "cnn-madry", "cnn-trades"].compactMap {
      Architecture.named($0, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
    }.map(MemoryCase.init)
}

/// Memory that an object holds.
private protocol Holding: AnyObject { var bytes: Int { get } }
extension AlignedBuffer: Holding {
  fileprivate var bytes: Int { count * MemoryLayout<Element>.stride }
}

/// The bytes of every buffer that is reached from an object, by identity.
private func buffers(of root: AnyObject) -> [ObjectIdentifier: Int] {
  var found: [ObjectIdentifier: Int] = [:]
  var seen: Set<ObjectIdentifier> = []
  func visit(_ value: Any) {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class {
      let object = value as AnyObject
      guard seen.insert(ObjectIdentifier(object)).inserted else { return }
      if let buffer = value as? any Holding {
        found[ObjectIdentifier(object)] = buffer.bytes
        return
      }
    }
    for child in mirror.children { visit(child.value) }
  }
  visit(root)
  return found
}
