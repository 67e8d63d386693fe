import Networks
import Tensors

/// Architectures small enough for every test, one of each kind of layer.
let smallArchitectures: [Architecture] = [
  .logisticRegression(input: ImageShape(channels: 1, height: 7, width: 5), classes: 5),
  .multilayerPerceptron(
    input: ImageShape(channels: 1, height: 6, width: 6), classes: 4, hiddenUnits: [23, 9]),
  .lenet(input: ImageShape(channels: 1, height: 16, width: 16), classes: 10),
  .cnnSmall(input: ImageShape(channels: 1, height: 12, width: 12), classes: 10),
  .cnnTRADES(input: ImageShape(channels: 3, height: 16, width: 16), classes: 3),
]

extension Architecture {
  /// A session on this architecture with its initial weights; layers that begin at zero get small weights.
  func session(microbatch: Int, seed: UInt64 = 3) throws -> NetworkSession {
    let network = try CompiledNetwork(self, microbatch: microbatch)
    try network.load(testParameters(seed: seed))
    return try network.makeSession()
  }

  func testParameters(seed: UInt64 = 3) -> ParameterArena {
    let parameters = initialParameters(seed: seed)
    for (index, entry) in parameters.layout.entries.enumerated() {
      let values = parameters.values(entry)
      guard values.allSatisfy({ $0 == 0 }) else { continue }
      var random = RandomStream(RandomIdentity(seed: seed, purpose: .synthetic, sample: UInt32(index)))
      for i in values.indices { values[i] = 0.1 * random.symmetric() }
    }
    return parameters
  }
}

extension NetworkSession {
  /// Tells dropout whose samples these are.
  func identify(_ samples: [Sample]) {
    for row in 0..<batch { self.samples.pointer[row] = row < samples.count ? samples[row].index : 0 }
  }
}
