import Attacks
import Certificates
import Networks
import ReferenceNetworks
import Tensors
import Testing

@Suite("Bounds hold what float32 computes")
struct SoundnessTests {
  private static let threats: [ThreatModel] = [
    ThreatModel(norm: .linf, epsilon: 0.003), ThreatModel(norm: .linf, epsilon: 0.05),
    ThreatModel(norm: .linf, epsilon: 0.05, box: false), ThreatModel(norm: .linf, epsilon: 0),
    ThreatModel(norm: .l2, epsilon: 0.2), ThreatModel(norm: .l2, epsilon: 0.2, box: false),
    ThreatModel(norm: .l1, epsilon: 0.5), ThreatModel(norm: .l1, epsilon: 0.5, box: false),
  ]

  @Test("No image of the set has a margin below its bound", arguments: BoundCase.all)
  func sampling(network: BoundCase) throws {
    let architecture = network.architecture
    let parameters = network.parameters()
    let compiled = try CompiledNetwork(architecture, microbatch: 16)
    try compiled.load(parameters)
    let session = try compiled.makeSession()
    // The session may compute convolutions by minimal filtering.
    let propagation = try BoundPropagation(architecture, parameters, coversMinimalFiltering: true)
    let direct = try BoundPropagation(architecture, parameters)
    let naive = NaiveBounds(architecture, parameters)
    var certified = 0
    for (number, image) in makeImages(3, elements: architecture.input.elements).enumerated() {
      for threat in Self.threats {
        let clean = try session.outputs(of: [image])[0]
        let label = clean.withUnsafeBufferPointer { predictedClass($0) }
        let members =
          [image] + threat.members(of: image, count: 60, stream: UInt32(number))
          + (try descended(image, label, threat, session))
        let outputs = try session.outputs(of: members)
        let directOutputs = ([image] + members.suffix(4)).flatMap { member in
          SummationOrder.allCases.map { naive.directOutputs(of: member, $0) }
        }
        for method in BoundMethod.allCases {
          let bounds = propagation.margins(image, label: label, threat, method, isThorough: true)
          if bounds.certifiedBy != nil { certified += 1 }
          let tighter = direct.margins(image, label: label, threat, method, isThorough: true)
          for output in directOutputs {
            for (margin, bound) in zip(margins(output, label: label), tighter.margins) {
              #expect(margin >= bound, "direct, \(method) \(threat)")
            }
          }
          for output in outputs {
            for (margin, bound) in zip(margins(output, label: label), bounds.margins) {
              #expect(margin >= bound, "\(method) \(threat)")
            }
          }
        }
      }
    }
    // Otherwise bounds of minus infinity would do.
    #expect(certified > 10)
  }

  /// Iterates of descent on every margin: nearer to the worst case than chance comes.
  private func descended(
    _ image: [Float], _ label: Int, _ threat: ThreatModel, _ session: NetworkSession
  ) throws -> [[Float]] {
    guard threat.norm != .l1, threat.epsilon > 0 else { return [] }
    let batch = AttackBatch(capacity: session.batch, imageElements: image.count)
    batch.append(label: label, sample: 0) { $0.update(from: image, count: image.count) }
    batch.pad()
    let isBinary = session.outputCount == 1
    let attack = ProjectedGradientDescent(
      threat: threat, steps: 12, stepSize: threat.epsilon / 4, restarts: isBinary ? 2 : session.outputCount,
      loss: isBinary ? .logistic : .margin, target: isBinary ? nil : .everyOther)
    return try (0..<attack.restarts).map { restart in
      try attack.run(batch, on: session, restart: restart, AttackContext(seed: 5))
      return Array(UnsafeBufferPointer(start: session.images, count: image.count))
    }
  }

  private static let published: [BoundCase] = ["lenet", "cnn-small", "cnn-trades"].compactMap { name in
    Architecture.named(name, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
      .map(BoundCase.init)
  }

  @Test("At radius 0 the bounds are what rounding may do, which is little", arguments: published)
  func rounding(network: BoundCase) throws {
    let architecture = network.architecture
    let parameters = architecture.initialParameters(seed: 3)
    // The last layer of one of them begins at zero.
    var random = stream(9)
    for i in 0..<parameters.count where parameters.pointer[i] == 0 {
      parameters.pointer[i] = 0.05 * random.symmetric()
    }
    let compiled = try CompiledNetwork(architecture, microbatch: 4)
    try compiled.load(parameters)
    let session = try compiled.makeSession()
    let direct = try BoundPropagation(architecture, parameters)
    let filtered = try BoundPropagation(architecture, parameters, coversMinimalFiltering: true)
    let threat = ThreatModel(norm: .linf, epsilon: 0)
    for image in makeImages(2, elements: 784, stream: 4) {
      let outputs = try session.outputs(of: [image])[0]
      let label = outputs.withUnsafeBufferPointer { predictedClass($0) }
      let exact = ReferenceNetwork(architecture, parameters).forward(image.map(Double.init)).outputs
      let own = margins(outputs, label: label)
      let bounds = direct.margins(image, label: label, threat, .crown, isThorough: true).margins
      let looser = filtered.margins(image, label: label, threat, .crownIBP, isThorough: true).margins
      for other in bounds.indices where other != label {
        let margin = exact[label] - exact[other]
        #expect(margin >= bounds[other])
        #expect(bounds[other] > margin - 0.01)
        #expect(own[other] >= looser[other])
        #expect(bounds[other] >= looser[other])
      }
    }
  }

  @Test("Allowing for minimal filtering widens the bounds of the layers it may serve, and no others")
  func minimalFiltering() throws {
    let threat = ThreatModel(norm: .linf, epsilon: 0.01)
    for network in BoundCase.all {
      let parameters = network.parameters()
      let image = makeImages(1, elements: network.architecture.input.elements, stream: 7)[0]
      let bounds = try [false, true].map {
        try BoundPropagation(network.architecture, parameters, coversMinimalFiltering: $0)
          .margins(image, label: 0, threat, .crown, isThorough: true).margins
      }
      // Stride 1, kernels of 3 or 5, more than three channels.
      if ["relu before pool", "minimal filtering", "means"].contains(network.architecture.name) {
        #expect(zip(bounds[0], bounds[1]).dropFirst().allSatisfy { $0 > $1 }, "\(network.architecture.name)")
      } else {
        #expect(bounds[0] == bounds[1], "\(network.architecture.name)")
      }
    }
  }

  @Test("A margin that some order of summation loses is not certified")
  func cancellation() throws {
    // In real numbers the margin is 1; 2^24 + 1 is 2^24 in float32, and nothing is left.
    let architecture = Architecture(
      name: "sum", input: ImageShape(channels: 3, height: 1, width: 1), outputs: 2,
      layers: [.flatten, .linear("a", outputs: 2, bias: false)])
    let parameters = architecture.initialParameters(seed: 1)
    let weights: [Float] = [0x1p24, 1, -0x1p24, 0, 0, 0]
    for (i, weight) in weights.enumerated() { parameters.pointer[i] = weight }
    let propagation = try BoundPropagation(architecture, parameters)
    let none = ThreatModel(norm: .linf, epsilon: 0)

    #expect(((0x1p24 as Float) + 1) - 0x1p24 == 0)
    for method in BoundMethod.allCases {
      #expect(propagation.margins([1, 1, 1], label: 0, none, method).certifiedBy == nil)
    }
    // Without cancellation the same margin is.
    parameters.pointer[0] = 0
    parameters.pointer[2] = 0
    let plain = try BoundPropagation(architecture, parameters)
    #expect(plain.margins([1, 1, 1], label: 0, none, .ibp).certifiedBy == .ibp)
  }

  @Test("The rounding of a hidden layer reaches the margin, through ReLU and with any sign")
  func hiddenCancellation() throws {
    let architecture = Architecture(
      name: "hidden", input: ImageShape(channels: 3, height: 1, width: 1), outputs: 2,
      layers: [.flatten, .linear("a", outputs: 1), .relu, .linear("b", outputs: 2)])
    let parameters = architecture.initialParameters(seed: 1)
    for sign: Float in [1, -1] {
      // The hidden value is 1 in real numbers, and in float32 anything from 0 to 2.
      fill(parameters, "a.weight", [0x1p24, 1, -0x1p24])
      fill(parameters, "a.bias", [0])
      fill(parameters, "b.weight", [sign, 0])
      // A margin of 1/2 or more in real numbers.
      fill(parameters, "b.bias", sign > 0 ? [-0.5, 0] : [1.5, 0])
      let propagation = try BoundPropagation(architecture, parameters)
      let bounds = propagation.margins(
        [1, 1, 1], label: 0, ThreatModel(norm: .linf, epsilon: 0), .crown, isThorough: true)
      #expect(bounds.certifiedBy == nil)
      #expect(bounds.margins[1] < -0.4)
    }
  }

  @Test("Weights that are not finite, and sums that may overflow, certify nothing")
  func hostile() throws {
    for value: Float in [.nan, .infinity, -.infinity, 0x1p127] {
      for network in BoundCase.all {
        let parameters = network.parameters()
        // The largest first weight there is; all others make the class certain.
        let entry = parameters.layout.entries[0]
        for i in 0..<entry.count { parameters.values(entry)[i] = value }
        let propagation = try BoundPropagation(network.architecture, parameters)
        let image = [Float](repeating: 0.5, count: network.architecture.input.elements)
        for method in BoundMethod.allCases {
          let bounds = propagation.margins(image, label: 0, ThreatModel(norm: .linf, epsilon: 0.1), method)
          #expect(bounds.certifiedBy == nil)
        }
      }
    }
  }

  private func fill(_ parameters: ParameterArena, _ name: String, _ values: [Float]) {
    guard let entry = parameters.layout[name] else { return }
    for (i, value) in values.enumerated() { parameters.values(entry)[i] = value }
  }
}
