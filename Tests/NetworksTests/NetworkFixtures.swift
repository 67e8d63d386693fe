import Networks
import ReferenceNetworks
import Tensors
import Testing

/// An architecture on images of a shape, as an argument of a test.
struct NetworkCase: CustomTestStringConvertible, Sendable {
  var architecture: Architecture
  var testDescription: String { "\(architecture.name) on \(architecture.input)" }

  /// Every architecture on 28x28 grey and 32x32 colour images; the largest on small ones, since references are slow.
  static let all: [NetworkCase] = [(1, 28), (3, 32)].flatMap { channels, edge in
    Architecture.names.compactMap { name in
      let edge = name == "cnn-ibp-large" ? edge / 3 : edge
      return Architecture.named(
        name, input: ImageShape(channels: channels, height: edge, width: edge), classes: 10)
    }
  }.map(NetworkCase.init)

  /// Parameters that are random throughout, also where an initialization would leave zeros.
  func parameters(seed: UInt64 = 1) -> ParameterArena {
    let arena = architecture.initialParameters(seed: seed)
    for (index, entry) in arena.layout.entries.enumerated() {
      let values = arena.values(entry)
      guard values.allSatisfy({ $0 == 0 }) else { continue }
      for (i, value) in uniformValues(entry.count, seed: seed + UInt64(index)).enumerated() {
        values[i] = value / 8
      }
    }
    return arena
  }

  func session(_ parameters: ParameterArena, microbatch: Int) throws -> NetworkSession {
    let network = try CompiledNetwork(architecture, microbatch: microbatch)
    try network.load(parameters)
    return try network.makeSession()
  }

  /// An image with values on [0, 1).
  func image(_ index: Int) -> [Float] {
    uniformValues(architecture.input.elements, seed: 1000 + UInt64(index)).map { ($0 + 1) / 2 }
  }
}

extension NetworkSession {
  /// The outputs, and the gradient by the images when that by the outputs is `direction`.
  func run(
    _ images: [Float], direction: [Float], mode: ForwardMode = .evaluation
  ) throws -> (outputs: [Float], gradient: [Float]) {
    self.images.update(from: images, count: batch * imageElements)
    try forward(mode)
    let outputs = Array(UnsafeBufferPointer(start: self.outputs, count: batch * outputCount))
    outputGradient.update(from: direction, count: batch * outputCount)
    try backwardImages()
    return (outputs, Array(UnsafeBufferPointer(start: imageGradient, count: images.count)))
  }

  /// The gradient by all parameters at the images of the last run.
  func parameterGradient(direction: [Float], mode: ForwardMode = .evaluation) throws -> ParameterArena {
    let gradient = ParameterArena(network.parameterLayout)
    for entry in gradient.layout.entries { gradient.values(entry).update(repeating: .nan) }
    try forward(mode)
    outputGradient.update(from: direction, count: batch * outputCount)
    try backwardParameters(into: gradient)
    return gradient
  }
}
