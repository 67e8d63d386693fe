import Networks
import TestSupport
import Testing
import Training

@Suite("Training methods and wrappers")
struct MethodTests {
  /// What a scenario of the fixture prints.
  private func values(_ scenario: String, ranks: Int? = nil) async throws -> [String: Double] {
    let job = try await runRanks(
      executable: BuiltProducts.executable("MethodFixture"), arguments: [scenario], ranks: ranks)
    try #require(job.exitCode == 0, "\(job.standardError)")
    let pairs = job.standardOutput.split(separator: "\n").map { $0.split(separator: " ") }
    return try Dictionary(
      uniqueKeysWithValues: pairs.map { (String($0[0]), try #require(Double($0[1]))) })
  }

  @Test(
    "Weight perturbation takes the gradient at perturbed weights on the same examples, and restores every bit",
    arguments: [nil, 2] as [Int?])
  func weightPerturbation(ranks: Int?) async throws {
    let found = try await values("weight-perturbation", ranks: ranks)

    #expect(found["weights-restored"] == 1)
    #expect(try #require(found["gradient-error"]) < 1e-5)
    // The perturbation matters.
    #expect(try #require(found["gradient-change"]) > 1e-2)
  }

  @Test("Free training does what the published loop does", arguments: [nil, 2] as [Int?])
  func free(ranks: Int?) async throws {
    let found = try await values("free", ranks: ranks)

    #expect(try #require(found["weights-error"]) < 1e-5)
    #expect(try #require(found["loss-error"]) < 1e-5)
    #expect(try #require(found["weights-change"]) > 1e-3)
  }

  @Test(
    "Where a step of free training is rejected, all ranks hold what the others' perturbations have become")
  func rejectedReplays() async throws {
    let alone = try await values("rejected-replays")
    #expect(alone["rejected"] == 2 && alone["unchanged"] == 1)
    // What is compared depends on them.
    #expect(alone["carried-matters"] == 1)
    for ranks in [2, 3] {
      let found = try await values("rejected-replays", ranks: ranks)
      #expect(found == alone, "\(ranks) ranks")
    }
  }

  @Test(
    "Crops and flips are the epoch's, in every gradient and replay, and attacks perturb what they leave",
    arguments: [nil, 2] as [Int?])
  func augmentation(ranks: Int?) async throws {
    let found = try await values("augmentation", ranks: ranks)

    #expect(found.count == 8)
    for (name, value) in found { #expect(value == 1, "\(name)") }
  }

  @Test("A gradient that is too long is cut to the limit, another is left as it is")
  func clipping() async throws {
    let found = try await values("clipping")

    #expect(abs(try #require(found["half"]) - 0.5) < 1e-4)
    #expect(found["twice"] == 1)
  }

  @Test(
    "Overfitting takes training back to the last good state, weights and optimizer, with a smaller step",
    arguments: [nil, 2] as [Int?])
  func rollback(ranks: Int?) async throws {
    let found = try await values("rollback", ranks: ranks)

    #expect(found["rolled-back"] == 1)
    #expect(found["had-moved"] == 1)
    #expect(found["at-step"] == 6)
    #expect(found["good-step"] == 4)
    #expect(found["step-size-factor"] == 0.5)
    #expect(found["optimizer-step"] == 4)
    // The run's place goes on: two steps of 16 were for nothing.
    #expect(found["steps"] == 16)
    #expect(found["probes"] == 8)
    #expect(found["final-optimizer-step"] == 14)
    #expect(found["finished"] == 1)
  }

  @Test("A fraction of every batch stays clean, spread evenly", arguments: [0.0, 0.25, 0.3, 0.5, 0.99])
  func mixture(fraction: Double) {
    for size in [1, 7, 16, 100] {
      let clean = (0..<size).count { TrainingStep.isClean($0, fraction) }
      #expect(clean == Int((Double(size) * fraction).rounded(.down)))
    }
    let places = (0..<16).filter { TrainingStep.isClean($0, 0.25) }
    #expect(places == [3, 7, 11, 15])
  }

  @Test("Epsilon rises linearly over the warm-up and stays")
  func epsilonWarmup() {
    var settings = Trainer.Settings(
      method: AdversarialTraining(name: "standard", attack: nil), schedule: .constant(1), batchSize: 1,
      epochs: 5, cadence: .init(everyEpochs: 0, everySteps: 0, keep: 1), identity: [:], environment: [:])
    settings.epsilonWarmup = 2
    let factors = (0..<12).map {
      settings.epsilonFactor(at: TrainingPosition(step: $0, stepsPerEpoch: 4, epochs: 5))
    }
    #expect(factors == (1...8).map { Double($0) / 8 } + [1, 1, 1, 1])
    settings.epsilonWarmup = 0
    #expect(settings.epsilonFactor(at: TrainingPosition(step: 0, stepsPerEpoch: 4, epochs: 5)) == 1)
  }
}
