import Foundation
import TestSupport
import Testing

@Suite("Catastrophic overfitting")
struct CatastrophicOverfittingTests {
  /// FGSM training on real digits, which ends with next to no sample that withstands PGD.
  private static let configuration = """
    data: {name: mnist-5k, validation: 500}
    model: {name: cnn-small}
    batch: {size: 64}
    epochs: 8
    training: {method: fgsm}
    evaluation: {everyEpochs: 0, final: [fgsm, {name: pgd, steps: 20}]}

    """

  private func withstanding(_ run: RunFolder) throws -> [Int] {
    try run.evaluation().attacks.map(\.correct)
  }

  @Test("Is found within an epoch, and taken back with a stronger attack")
  func found() async throws {
    let unguarded = try await withRunFolder(Self.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return try withstanding(run)
    }
    // One step is withstood, twenty are not.
    try #require(unguarded[0] > 300 && unguarded[1] < 20)

    let guards = "guards: {catastrophicOverfitting: {action: more-steps, limit: 20}}"
    for ranks in [nil, 2] {
      try await withRunFolder(Self.configuration + guards) { run in
        let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

        #expect(result.exitCode == 0, "\(result.standardError)")
        let steps = try run.events("guard").compactMap(\.step)
        #expect(!steps.isEmpty)
        #expect(
          result.messages(with: "catastrophic overfitting at step", "back to the weights behind step").count
            == steps.count)
        #expect(try withstanding(run)[1] > unguarded[1] + 30)
      }
    }
  }
}
