import Attacks
import Certificates
import Networks
import Tensors
import Testing

/// The bounds in float32 that networks are trained on, against those of dense matrices in real numbers.
@Suite("Bounds for training")
struct TrainingBoundTests {
  static let networks = BoundCase.all.filter { $0.architecture.outputs > 1 }
  static let withoutMaxima = networks.filter { network in
    network.architecture.layers.allSatisfy { if case .maxPooling = $0 { false } else { true } }
  }
  private static let microbatch = 6
  private static let labels = [1, 0, 3, 1, 2]

  /// A micro-batch of five samples with a row of padding, and the worst-case outputs for it.
  private final class Setup {
    let architecture: Architecture
    let parameters: ParameterArena
    let images: [[Float]]
    let ends: (lower: [[Float]], upper: [[Float]])
    let intervals: IntervalSession
    let relaxations: RelaxationSession?
    /// A gradient by the worst-case outputs.
    let direction: [[Float]]

    init(_ network: BoundCase, epsilon: Float, seed: UInt64, withRelaxations: Bool) throws {
      architecture = network.architecture
      parameters = network.parameters(seed: seed)
      let elements = architecture.input.elements
      images = makeImages(labels.count, elements: elements, stream: 31)
      let threat = ThreatModel(norm: .linf, epsilon: epsilon)
      var ends = (lower: images, upper: images)
      for row in images.indices {
        threat.linfSet(
          of: images[row], lower: &ends.lower[row], upper: &ends.upper[row], count: elements)
      }
      self.ends = ends
      let network = try IntervalNetwork(architecture, microbatch: microbatch)
      try network.load(parameters)
      intervals = try network.makeSession()
      intervals.lower.update(repeating: 0, count: microbatch * elements)
      intervals.upper.update(repeating: 0, count: microbatch * elements)
      for row in images.indices {
        (intervals.lower + row * elements).update(from: ends.lower[row], count: elements)
        (intervals.upper + row * elements).update(from: ends.upper[row], count: elements)
      }
      if withRelaxations {
        let network = try RelaxationNetwork(architecture)
        try network.load(parameters)
        relaxations = try network.makeSession(microbatch: microbatch)
      } else {
        relaxations = nil
      }
      var random = stream(32)
      let outputs = architecture.outputs
      direction = labels.indices.map { _ in (0..<outputs).map { _ in random.symmetric() } }
    }

    /// The worst-case outputs, and the gradient of their products with `direction` by all parameters.
    func run(share: Double) throws -> (outputs: [[Float]], gradient: ParameterArena) {
      let gradient = ParameterArena(parameters.layout)
      for entry in gradient.layout.entries { gradient.values(entry).update(repeating: .nan) }
      try intervals.forward(labels: labels + [0])
      let count = intervals.outputCount
      intervals.outputGradient.update(repeating: 0, count: microbatch * count)
      var outputs: [[Float]] = []
      func finish(_ rows: Range<Int>) {
        for row in rows {
          outputs.append(Array(intervals.worstCaseOutputs(of: row)))
          (intervals.outputGradient + row * count).update(from: direction[row], count: count)
        }
      }
      guard let relaxations else {
        finish(labels.indices)
        try intervals.backward(into: gradient)
        return (outputs, gradient)
      }
      relaxations.begin(intervals)
      for start in stride(from: 0, to: labels.count, by: RelaxationNetwork.samplesTogether) {
        let group = start..<min(start + RelaxationNetwork.samplesTogether, labels.count)
        try relaxations.forward(group, of: intervals, share: share)
        finish(group)
        try relaxations.backward(through: intervals, share: share)
      }
      try intervals.backward(into: gradient)
      relaxations.end(intervals, addingTo: gradient)
      return (outputs, gradient)
    }

    /// The worst-case outputs in real numbers.
    func expected(_ parameters: ParameterArena, share: Double) -> [[Double]] {
      let naive = NaiveBounds(architecture, parameters)
      return labels.enumerated().map { row, label in
        let rows = (0..<architecture.outputs).map { other in
          (0..<architecture.outputs).map { ($0 == label ? 1.0 : 0) - ($0 == other ? 1 : 0) }
        }
        let found = naive.margins(
          rows, over: (ends.lower[row].map(Double.init), ends.upper[row].map(Double.init)))
        return zip(found.ibp, found.crownIBP).map { -((1 - share) * $0 + share * $1) }
      }
    }

    /// The products of worst-case outputs in real numbers with `direction`.
    func objective(_ parameters: ParameterArena, share: Double) -> Double {
      zip(expected(parameters, share: share), direction).map { outputs, direction in
        zip(outputs, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
      }.reduce(0, +)
    }
  }

  @Test("Interval bounds are those of the paper", arguments: networks, [0.004, 0.05, 0.4] as [Float])
  func intervalValues(network: BoundCase, epsilon: Float) throws {
    try checkValues(try Setup(network, epsilon: epsilon, seed: 3, withRelaxations: false), share: 0)
  }

  @Test(
    "So are linear bounds, and mixtures", arguments: withoutMaxima, [0.004, 0.05, 0.4] as [Float])
  func linearValues(network: BoundCase, epsilon: Float) throws {
    for share in [1, 0.3] {
      try checkValues(
        try Setup(network, epsilon: epsilon, seed: 4, withRelaxations: true), share: share)
    }
  }

  private func checkValues(_ setup: Setup, share: Double) throws {
    let found = try setup.run(share: share).outputs
    let expected = setup.expected(setup.parameters, share: share)
    let size = expected.joined().map(abs).max() ?? 0
    for (row, label) in Self.labels.enumerated() {
      #expect(found[row][label] == 0)
      for other in found[row].indices where other != label {
        #expect(abs(Double(found[row][other]) - expected[row][other]) < 1e-5 * size, "\(share)")
      }
    }
  }

  @Test("Gradients of interval bounds are those of finite differences", arguments: networks)
  func intervalGradients(network: BoundCase) throws {
    try checkGradients(try Setup(network, epsilon: 0.06, seed: 5, withRelaxations: false), share: 0)
  }

  @Test("So are those of linear bounds and of mixtures", arguments: withoutMaxima, [1, 0.4])
  func linearGradients(network: BoundCase, share: Double) throws {
    try checkGradients(try Setup(network, epsilon: 0.06, seed: 6, withRelaxations: true), share: share)
  }

  /// Compares, tensor by tensor, the slope along a direction that changes all of its values.
  private func checkGradients(_ setup: Setup, share: Double) throws {
    let gradient = try setup.run(share: share).gradient
    var random = stream(33)
    for entry in setup.parameters.layout.entries {
      let step = (0..<entry.count).map { _ in random.symmetric() }
      // Small enough that hardly a kink is crossed; what float32 makes of the steps is what counts.
      let moved = [Float(0x1p-17), -0x1p-17].map { size in
        let moved = ParameterArena(setup.parameters.layout)
        moved.copy(from: setup.parameters)
        for i in 0..<entry.count { moved.values(entry)[i] += size * step[i] }
        return moved
      }
      let changes = (0..<entry.count).map {
        Double(gradient.values(entry)[$0])
          * (Double(moved[0].values(entry)[$0]) - Double(moved[1].values(entry)[$0]))
      }
      let difference = setup.objective(moved[0], share: share) - setup.objective(moved[1], share: share)
      let (sum, scale) = (changes.reduce(0, +), changes.reduce(0) { $0 + abs($1) })
      #expect(abs(sum - difference) < 1e-3 * scale, "\(entry.name): \(sum), \(difference)")
      #expect(scale > 0, "\(entry.name)")
    }
  }

  @Test("Worst cases are not better than any image of the set", arguments: networks)
  func containment(network: BoundCase) throws {
    for epsilon: Float in [0, 0.02, 0.3] {
      let hasMaxima = !Self.withoutMaxima.contains { $0.testDescription == network.testDescription }
      let setup = try Setup(network, epsilon: epsilon, seed: 7, withRelaxations: !hasMaxima)
      let compiled = try CompiledNetwork(network.architecture, microbatch: 8)
      try compiled.load(setup.parameters)
      let session = try compiled.makeSession()
      let threat = ThreatModel(norm: .linf, epsilon: epsilon)
      for share in [0.0, 1] {
        let worst = try setup.run(share: share).outputs
        for (row, label) in Self.labels.enumerated() {
          let members = threat.members(of: setup.images[row], count: 60, stream: UInt32(40 + row))
          for outputs in try session.outputs(of: members + [setup.images[row]]) {
            let size = outputs.map(abs).max() ?? 1
            for other in outputs.indices where other != label {
              #expect(outputs[other] - outputs[label] <= worst[row][other] + 1e-4 * max(size, 1))
            }
          }
        }
      }
    }
  }

  @Test("Without a perturbation they are the outputs themselves", arguments: networks)
  func point(network: BoundCase) throws {
    let setup = try Setup(network, epsilon: 0, seed: 8, withRelaxations: false)
    let compiled = try CompiledNetwork(network.architecture, microbatch: 8)
    try compiled.load(setup.parameters)
    let outputs = try compiled.makeSession().outputs(of: setup.images)
    let worst = try setup.run(share: 0).outputs
    for (row, label) in Self.labels.enumerated() {
      let size = outputs[row].map(abs).max() ?? 1
      for other in outputs[row].indices {
        #expect(abs(outputs[row][other] - outputs[row][label] - worst[row][other]) < 1e-5 * size)
      }
      #expect(setup.intervals.isVerified(row) == (predicted(outputs[row]) == label))
    }
  }

  private func predicted(_ outputs: [Float]) -> Int {
    outputs.indices.max { outputs[$0] < outputs[$1] } ?? -1
  }

  @Test("A NaN verifies nothing")
  func notANumber() throws {
    let setup = try Setup(Self.networks[0], epsilon: 0.1, seed: 9, withRelaxations: false)
    setup.intervals.lower[0] = .nan
    _ = try setup.run(share: 0)
    #expect(!setup.intervals.isVerified(0))
  }

  @Test("Networks that bounds do not go through are refused in words")
  func refusals() throws {
    let one = try #require(BoundCase.all.first { $0.architecture.outputs == 1 })
    let score = #expect(throws: IntervalError.self) {
      try IntervalNetwork(one.architecture, microbatch: 1)
    }
    #expect(score?.description.contains("a score for each of several classes") == true)
    let pooled = try #require(Self.networks.first { $0.testDescription == "relu before pool" })
    let maxima = #expect(throws: IntervalError.self) { try RelaxationNetwork(pooled.architecture) }
    #expect(maxima?.description.contains("maximum pooling of relu before pool") == true)
  }
}
