import Foundation
import TestSupport
import Testing

@Suite("Evaluation counts exactly")
struct EvaluationCountTests {
  /// 203 test samples: no multiple of a micro-batch, let alone of the ranks.
  private static let configuration = """
    data: {name: synthetic, samples: 160, testSamples: 203, noise: 0.9}
    model: {name: cnn-small}
    batch: {size: 32, microbatch: 8}
    epochs: 1
    training: {method: standard}
    threat: {norm: linf, epsilon: 0.1}
    evaluation:
      final:
        - fgsm
        - {name: fgsm-rs, restarts: 3}
        - {name: pgd, steps: 3, restarts: 2}
        - {name: pgd, steps: 2, targeted: true, lossFunction: margin}
        - {name: noise, restarts: 2}
        - {name: pgd, steps: 2, lossFunction: dlr}
        - {name: apgd-ce, steps: 6}
        - {name: apgd-t, steps: 5, targetClasses: 2}
    """
  private static let samples = 203

  @Test("Every sample is attacked once by every attack, and the counts are the verdicts'")
  func counts() async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), ranks: 2, in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let evaluation = try run.evaluation()
      let verdicts = try run.verdicts()

      #expect(evaluation.clean.total == Self.samples)
      #expect(
        evaluation.attacks.map(\.name) == [
          "fgsm", "fgsm-rs", "pgd", "pgd", "noise", "pgd", "apgd-ce", "apgd-t",
        ])
      #expect(verdicts.count == 8 * Self.samples)
      for (attack, first) in zip(evaluation.attacks, stride(from: 0, to: verdicts.count, by: Self.samples)) {
        let own = verdicts[first..<first + Self.samples]
        #expect(own.allSatisfy { $0.attack == attack.name })
        #expect(own.map(\.index) == Array(0..<Self.samples))
        #expect(attack.total == Self.samples)
        #expect(attack.correct == own.count { $0.verdict == "undecided" })
        #expect(attack.correct <= evaluation.clean.correct)
        #expect(own.count { $0.verdict == "clean-wrong" } == Self.samples - evaluation.clean.correct)
        #expect(own.allSatisfy { ($0.verdict == "undecided") == ($0.predicted == $0.label) })
        #expect(attack.maxNorm > 0)
        #expect(attack.maxNorm <= 0.1000001)
      }
      // Otherwise the equalities above would compare nothing but zeros.
      let robust = evaluation.attacks[2].correct
      #expect(robust > 0)
      #expect(robust < evaluation.clean.correct)
      #expect(evaluation.clean.correct < Self.samples)
    }
  }

  @Test("The labels are those of the data")
  func labels() async throws {
    try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")

      // Synthetic labels go round.
      #expect(try run.verdicts().allSatisfy { $0.label == $0.index % 10 })
    }
  }

  @Test("Counts and verdicts are the same for any number of ranks, and with rank 0 alone")
  func sameForAllRanks() async throws {
    let alone = try await evaluation(ranks: nil)
    for ranks in [1, 2, 3] {
      #expect(try await evaluation(ranks: ranks) == alone, "\(ranks) ranks")
    }
    for ranks in [nil, 2, 3] as [Int?] {
      #expect(try await evaluation(ranks: ranks, "evaluation.on=rank0") == alone, "rank 0 of \(ranks ?? 1)")
    }
    #expect(try await evaluation(ranks: 2, threads: 3) == alone, "3 threads")
  }

  @Test("Fewer test samples than ranks are each attacked once, too")
  func fewSamples() async throws {
    let few = Self.configuration.replacing("testSamples: 203", with: "testSamples: 3")
    let alone = try await evaluation(few, ranks: nil)
    #expect(try await evaluation(few, ranks: 4) == alone)
  }

  @Test("The best checkpoint of the validation split is the one evaluated, by any number of ranks")
  func best() async throws {
    let configuration = """
      data: {name: synthetic, samples: 120, testSamples: 31, validation: 40, noise: 0.9}
      model: {name: mlp, hidden: [16]}
      batch: {size: 20, microbatch: 8}
      epochs: 4
      schedule: {name: constant, learningRate: 0.05}
      training: {method: fgsm}
      threat: {norm: linf, epsilon: 0.05}
      evaluation: {attack: {name: pgd, steps: 3}, final: [fgsm]}
      checkpoint: {keep: 100}
      """
    var evaluations: [String] = []
    for ranks in [nil, 2, 3] as [Int?] {
      try await withRunFolder(configuration) { run in
        let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)
        try #require(result.exitCode == 0, "\(result.standardError)")
        let name = try String(contentsOf: run.url("checkpoints/best"), encoding: .utf8)
          .trimmingCharacters(in: .whitespacesAndNewlines)
        let evaluation = try run.evaluation()

        #expect(evaluation.checkpoint.path == "run/checkpoints/\(name)")
        let step = try #require(Int(name.dropFirst("step-".count)))
        #expect(try run.checkpoints()[step]?[0] == evaluation.checkpoint.sha256)
        evaluations.append(name + (try run.evaluationText()))
      }
    }
    #expect(evaluations.count == 3)
    #expect(Set(evaluations).count == 1)
  }

  private func evaluation(
    _ configuration: String = Self.configuration, ranks: Int?, threads: Int = 1, _ overrides: String...
  ) async throws -> String {
    try await withRunFolder(configuration) { run in
      let arguments =
        ["train", "config.yaml"] + overrides + ["--output", "run", "--threads", "\(threads)"]
      let result = try await holdfast(arguments, ranks: ranks, in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return try run.evaluationText()
    }
  }
}
