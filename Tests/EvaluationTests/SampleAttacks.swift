import Attacks
import Evaluation
import Networks
import Tensors

/// A small network with samples of its own, attacked without any rank.
struct SampleAttacks {
  private static let elements = 36
  private static let classes = 5
  private let network: CompiledNetwork
  private let images: [[Float]]
  /// The samples as they are: most right, some wrong.
  let clean: CleanResult

  /// Makes random samples, most of which bear the class that the network gives them.
  init(count: Int, microbatch: Int) throws {
    let architecture = Architecture.multilayerPerceptron(
      input: ImageShape(channels: 1, height: 6, width: 6), classes: Self.classes, hiddenUnits: [12])
    network = try CompiledNetwork(architecture, microbatch: microbatch)
    try network.load(architecture.initialParameters(seed: 3))
    images = (0..<count).map { index in
      var random = RandomStream(RandomIdentity(seed: 9, purpose: .synthetic, sample: UInt32(index)))
      return (0..<Self.elements).map { _ in random.uniform() }
    }
    let unlabelled = CleanResult(
      sourceIndices: images.indices.map { 3 * $0 + 1 }, labels: images.map { _ in 0 },
      predictions: images.map { _ in 0 })
    let found = try Self.classify(network, images, Array(images.indices), unlabelled) { _, session in
      try session.forward(.evaluation)
    }
    clean = CleanResult(
      sourceIndices: unlabelled.sourceIndices,
      labels: found.enumerated().map { $0 % 7 == 0 ? ($1 + 1) % Self.classes : $1 }, predictions: found)
  }

  /// The classes of samples under one run of an attack.
  func predictions(of places: [Int], under attack: any Attack, restart: Int) throws -> [Int] {
    try Self.classify(network, images, places, clean) { batch, session in
      try attack.run(batch, on: session, restart: restart, AttackContext(seed: 4))
      try session.forward(.evaluation)
    }
  }

  /// Decides everything in chunks of up to `size` samples.
  func decide(_ attack: any Attack, chunks size: Int) throws -> AttackCascade {
    var cascade = AttackCascade(attack, clean: clean)
    while let run = cascade.current {
      let range = cascade.pending(upTo: size)
      let places = Array(cascade.survivors[range])
      let member = cascade.members[run.stage]
      let found = try predictions(of: places, under: member, restart: run.restart)
      let broken = zip(places, found).filter { $1 != clean.labels[$0] }.map {
        AttackChunk.Broken(index: clean.sourceIndices[$0], predicted: $1)
      }
      try cascade.apply(
        AttackChunk(
          stage: run.stage, by: member.name, restart: run.restart, from: range.lowerBound,
          to: range.upperBound, of: cascade.survivors.count, broken: broken, maxNorm: 0.1, seconds: 1))
    }
    return cascade
  }

  private static func classify(
    _ network: CompiledNetwork, _ images: [[Float]], _ places: [Int], _ clean: CleanResult,
    _ body: (AttackBatch, NetworkSession) throws -> Void
  ) throws -> [Int] {
    let session = try network.makeSession()
    let batch = AttackBatch(capacity: network.microbatch, imageElements: elements)
    var found: [Int] = []
    for start in stride(from: 0, to: places.count, by: network.microbatch) {
      batch.removeAll()
      for place in places[start..<min(start + network.microbatch, places.count)] {
        batch.append(label: clean.labels[place], sample: UInt32(clean.sourceIndices[place])) {
          $0.update(from: images[place], count: elements)
        }
      }
      batch.pad()
      session.images.update(from: batch.images.pointer, count: batch.images.count)
      try body(batch, session)
      found += (0..<batch.count).map { predictedClass(session.outputs(of: $0)) }
    }
    return found
  }
}
