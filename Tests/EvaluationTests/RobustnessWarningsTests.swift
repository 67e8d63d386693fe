import Attacks
import Evaluation
import Testing

@Suite("Warnings against false security")
struct RobustnessWarningsTests {
  private static let threat = ThreatModel(norm: .linf, epsilon: 0.3)
  private static let pgd = ProjectedGradientDescent(threat: threat, steps: 10, stepSize: 0.1)
  private static let fgsm = ProjectedGradientDescent.fastGradientSign(threat: threat)
  private static let noise = RandomNoise(threat: threat)

  /// 1,000 samples of ten classes, all right, of which the first of every restart's number fall.
  private func result(_ attack: any Attack, falling: [Int], from first: Int = 0) throws -> AttackResult {
    let labels = (0..<1000).map { $0 % 10 }
    var cascade = AttackCascade(
      attack, clean: CleanResult(sourceIndices: Array(0..<1000), labels: labels, predictions: labels))
    var numbers = falling
    while let run = cascade.current {
      let count = numbers.isEmpty ? 0 : numbers.removeFirst()
      let broken = cascade.survivors.dropFirst(first).prefix(count).map {
        AttackChunk.Broken(index: $0, predicted: (labels[$0] + 1) % 10)
      }
      try cascade.apply(
        AttackChunk(
          stage: run.stage, by: cascade.members[run.stage].name, restart: run.restart, from: 0,
          to: cascade.survivors.count, of: cascade.survivors.count, broken: broken, maxNorm: 0.3, seconds: 0))
    }
    return AttackResult(attack, cascade)
  }

  private func warnings(_ results: [AttackResult], _ gradients: GradientSurvey? = nil) -> [String] {
    RobustnessWarnings(results, gradients: gradients, imageSize: 784).all
  }

  @Test("What is as it should be draws none")
  func none() throws {
    let results = [
      try result(Self.fgsm, falling: [100]), try result(Self.pgd, falling: [200]),
      try result(Self.noise, falling: [3]),
    ]
    #expect(warnings(results, GradientSurvey(total: 1000, zero: 0, nonFinite: 0)) == [])
  }

  @Test("Gradients that lead nowhere")
  func gradients() throws {
    let found = warnings(
      [try result(Self.pgd, falling: [1])], GradientSurvey(total: 800, zero: 16, nonFinite: 4))

    #expect(found.count == 1)
    #expect(found[0].contains("20 of 800 images (2.5 %)"))
    #expect(found[0].contains("16 zero, 4 not finite"))
  }

  @Test("Noise that breaks what gradient attacks leave", arguments: [(2, 0), (3, 1)])
  func noise(alone: Int, count: Int) throws {
    // The gradient attack has the first ten, and noise some behind them.
    let results = [try result(Self.pgd, falling: [10]), try result(Self.noise, falling: [alone], from: 10)]
    let found = warnings(results)

    #expect(found.count == count)
    #expect(found.allSatisfy { $0.contains("3 of 1000 samples (0.3 %)") })
  }

  @Test("Noise at another radius says nothing")
  func otherThreat() throws {
    let results = [
      try result(Self.pgd, falling: [10]),
      try result(RandomNoise(threat: Self.threat.with(epsilon: 0.4)), falling: [50], from: 10),
    ]
    #expect(warnings(results) == [])
  }

  @Test("A member without gradients that breaks what those before it left", arguments: [(2, 0), (3, 1)])
  func square(broken: Int, count: Int) throws {
    let ensemble = AttackEnsemble(name: "both", members: [Self.pgd, Self.noise])
    let found = warnings([try result(ensemble, falling: [40, broken])])

    #expect(found.count == count)
    #expect(found.allSatisfy { $0.hasPrefix("noise, which uses no gradients, broke 3 of 1000 samples") })
    // In another order it tells nothing.
    let reversed = AttackEnsemble(name: "both", members: [Self.noise, Self.pgd])
    #expect(warnings([try result(reversed, falling: [40, broken])]) == [])
  }

  @Test("One step that is stronger than many", arguments: [(21, 1), (20, 0)])
  func singleStep(broken: Int, count: Int) throws {
    let found = warnings([try result(Self.fgsm, falling: [broken]), try result(Self.pgd, falling: [20])])

    #expect(found.count == count)
    #expect(found.allSatisfy { $0.hasPrefix("one step is stronger than many") })
  }

  @Test("A last restart that still gains", arguments: [(3, 1), (2, 0)])
  func restarts(last: Int, count: Int) throws {
    var attack = Self.pgd
    attack.restarts = 4
    let found = warnings([try result(attack, falling: [90, 20, 5, last])])

    #expect(found.count == count)
    #expect(found.allSatisfy { $0.contains("the last of 4 restarts") && $0.contains("3 of 1000") })
    // Restarts that aim at a class each are not tries of the same kind.
    attack.target = .everyOther
    #expect(warnings([try result(attack, falling: [90, 20, 5, 30])]) == [])
  }

  @Test("Accuracy that rises with epsilon, whatever the order of the radii")
  func rising() throws {
    var results: [AttackResult] = []
    for (epsilon, broken) in [(0.3, 40), (0.1, 20), (0.2, 60)] as [(Float, Int)] {
      var attack = Self.pgd
      attack.threat = Self.threat.with(epsilon: epsilon)
      results.append(try result(attack, falling: [broken]))
    }
    let found = warnings(results)

    #expect(found.count == 1)
    #expect(found[0].hasPrefix("accuracy rises with epsilon: 940 samples withstand"))
    #expect(found[0].contains("960"))
  }

  @Test("More robust samples than a ball around everything allows", arguments: [(899, 1), (900, 0)])
  func impossible(broken: Int, count: Int) throws {
    var attack = Self.pgd
    attack.threat = Self.threat.with(epsilon: 0.5)
    let found = warnings([try result(attack, falling: [broken])])

    #expect(found.count == count)
    #expect(found.allSatisfy { $0.contains("at most 100 can be robust") })
    attack.threat = ThreatModel(norm: .linf, epsilon: 0.5, box: false)
    #expect(warnings([try result(attack, falling: [0])]) == [])
    attack.threat = ThreatModel(norm: .l2, epsilon: 14)
    #expect(warnings([try result(attack, falling: [0])]).count == 1)
    attack.threat = ThreatModel(norm: .l2, epsilon: 13.9)
    #expect(warnings([try result(attack, falling: [0])]) == [])
  }
}
