import Attacks
import Evaluation
import Networks
import Testing

@Suite("Members of an ensemble meet what the others left")
struct AttackCascadeTests {
  private static let threat = ThreatModel(norm: .linf, epsilon: 0.08)
  private static let ensemble = AttackEnsemble(
    name: "three",
    members: [
      RandomNoise(threat: threat, restarts: 2),
      ProjectedGradientDescent.fastGradientSign(threat: threat),
      ProjectedGradientDescent(threat: threat, steps: 4, stepSize: 0.04, restarts: 3, loss: .margin),
    ])

  @Test(
    "An ensemble finds what its members find one by one, and the first of them that does has the credit",
    arguments: [(8, 1), (8, 1000), (4, 7)])
  func byHand(microbatch: Int, chunk: Int) throws {
    let samples = try SampleAttacks(count: 90, microbatch: microbatch)
    let cascade = try samples.decide(Self.ensemble, chunks: chunk)
    let places = Array(samples.clean.labels.indices)
    var brokenBy = [Int?](repeating: nil, count: places.count)
    var predictions = samples.clean.predictions
    var gains: [[Int]] = []
    for (stage, member) in Self.ensemble.members.enumerated() {
      gains.append([])
      for restart in 0..<member.restarts {
        // All samples meet it here.
        let found = try samples.predictions(of: places, under: member, restart: restart)
        let fallen = places.filter {
          brokenBy[$0] == nil && samples.clean.predictions[$0] == samples.clean.labels[$0]
            && found[$0] != samples.clean.labels[$0]
        }
        for place in fallen {
          brokenBy[place] = stage
          predictions[place] = found[place]
        }
        gains[stage].append(fallen.count)
      }
    }

    #expect(cascade.brokenBy == brokenBy)
    #expect(cascade.predictions == predictions)
    #expect(cascade.stages.map(\.gains) == gains)
    #expect(cascade.robust == samples.clean.correct - gains.joined().reduce(0, +))
    #expect(cascade.stages.last?.correct == cascade.robust)
    // Otherwise there would be little to compare.
    #expect(cascade.stages.count { $0.broken > 0 } > 1)
    #expect(cascade.robust > 0)
  }

  @Test("A single attack is an ensemble of one")
  func single() throws {
    let samples = try SampleAttacks(count: 40, microbatch: 8)
    let attack = ProjectedGradientDescent(threat: Self.threat, steps: 3, stepSize: 0.04, restarts: 2)
    let alone = try samples.decide(attack, chunks: 9)
    let packed = try samples.decide(AttackEnsemble(name: "one", members: [attack]), chunks: 40)

    #expect(alone.brokenBy == packed.brokenBy)
    #expect(alone.stages.map(\.gains) == packed.stages.map(\.gains))
  }

  @Test("As a single attack, an ensemble has the restarts of its members in their order")
  func restarts() throws {
    let samples = try SampleAttacks(count: 16, microbatch: 8)
    let places = Array(0..<16)

    #expect(Self.ensemble.restarts == 6)
    var restart = 0
    for member in Self.ensemble.members {
      for own in 0..<member.restarts {
        let expected = try samples.predictions(of: places, under: member, restart: own)
        #expect(try samples.predictions(of: places, under: Self.ensemble, restart: restart) == expected)
        restart += 1
      }
    }
  }

  @Test("Where all are broken, nothing is left to do")
  func allBroken() throws {
    let clean = CleanResult(sourceIndices: [5, 6], labels: [1, 2], predictions: [1, 0])
    var cascade = AttackCascade(Self.ensemble, clean: clean)
    try cascade.apply(chunk(broken: [.init(index: 5, predicted: 0)]))

    #expect(cascade.current == nil)
    #expect(cascade.stages.map(\.correct) == [0, 0, 0])
    #expect(throws: ChunkMismatch.self) { try cascade.apply(chunk(broken: [])) }
  }

  @Test("What cannot come next is refused")
  func mismatches() throws {
    let clean = CleanResult(sourceIndices: [5, 6, 7], labels: [1, 2, 3], predictions: [1, 0, 3])
    let fresh = AttackCascade(Self.ensemble, clean: clean)
    let wrong = [
      chunk(stage: 1, of: 2), chunk(by: "pgd", of: 2), chunk(restart: 1, of: 2), chunk(of: 3),
      chunk(from: 1, to: 2, of: 2), chunk(to: 3, of: 2), chunk(to: 0, of: 2),
      chunk(of: 2, broken: [.init(index: 7, predicted: 0)]),
      chunk(of: 2, broken: [.init(index: 5, predicted: 1)]),
      chunk(of: 2, broken: [.init(index: 6, predicted: 1)]),
      chunk(of: 2, broken: [.init(index: 9, predicted: 1)]),
      chunk(of: 2, broken: [.init(index: 5, predicted: 0), .init(index: 5, predicted: 0)]),
    ]
    for chunk in wrong {
      var cascade = fresh
      #expect(throws: ChunkMismatch.self, "\(chunk)") { try cascade.apply(chunk) }
    }
    var cascade = fresh
    try cascade.apply(chunk(of: 2, broken: [.init(index: 5, predicted: 0)]))
    #expect(cascade.done == 1)
    #expect(cascade.brokenBy == [0, nil, nil])
  }

  private func chunk(
    stage: Int = 0, by: String = "noise", restart: Int = 0, from: Int = 0, to: Int = 1, of: Int = 1,
    broken: [AttackChunk.Broken] = []
  ) -> AttackChunk {
    AttackChunk(
      stage: stage, by: by, restart: restart, from: from, to: to, of: of, broken: broken, maxNorm: 0,
      seconds: 0)
  }
}
