import Foundation
import TestSupport
import Testing

@Suite("What methods, averages and guards carry survives an interruption")
struct MethodResumeTests {
  @Test(
    "A run cut off in the middle of an epoch ends with the same bits on another number of ranks",
    arguments: BitIdentityCase.methods, [5])
  func resumed(_ identity: BitIdentityCase, behind step: Int) async throws {
    try await withRunFolder(identity.configuration) { run in
      let whole = try await holdfast(run.training(), in: run.directory)
      try #require(whole.exitCode == 0, "\(whole.standardError)")
      let (checkpoints, evaluation) = (try run.checkpoints(), try run.evaluationText())
      let guards = try run.events("guard").compactMap(\.step)
      try #require(checkpoints.keys.contains { $0 > step })

      try run.forget(behind: step)
      let resumed = try await holdfast(run.training("--resume"), ranks: 3, in: run.directory)

      try #require(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.checkpoints() == checkpoints)
      #expect(try run.evaluationText() == evaluation)
      // The same guards step in behind the same steps.
      let again = try run.events("guard").compactMap(\.step).dropFirst(guards.count)
      #expect(Array(again) == guards.filter { $0 > step })
    }
  }

  @Test("A run that a guard has ended stays at its end", arguments: [nil, 2] as [Int?])
  func ended(ranks: Int?) async throws {
    let configuration = """
      data: {name: synthetic, samples: 60, testSamples: 10, validation: 20}
      model: {name: mlp, hidden: [7]}
      batch: {size: 20, microbatch: 5}
      epochs: 50
      schedule: {name: constant, learningRate: 1e-9}
      training: {method: fgsm}
      guards: {robustOverfitting: {action: stop, patience: 3}}
      evaluation: {attack: fgsm, final: [fgsm]}
      checkpoint: {keep: 100}
      """
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), ranks: ranks, in: run.directory)

      #expect(result.exitCode == 0, "\(result.standardError)")
      // Weights that hardly move: the first validation is the best, and three more are not better.
      #expect(run.steps == [0, 2, 4, 6, 8])
      #expect(result.messages(with: "no better robust accuracy in 3 validations").count == 1)
      #expect(try run.events("guard").compactMap(\.step) == [8])
      let before = try run.checkpoints()

      let resumed = try await holdfast(run.training("--resume"), ranks: ranks, in: run.directory)

      #expect(resumed.exitCode == 0, "\(resumed.standardError)")
      #expect(try run.checkpoints() == before)
    }
  }

  @Test("The averaged weights are what a checkpoint holds and an evaluation measures")
  func averaged() async throws {
    let perceptron = BitIdentityCase.methods.first {
      $0.testDescription == "mlp, free in linf, moving average, perturbed weights"
    }
    let configuration = try #require(perceptron).configuration
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      let last = try #require(run.steps.last)

      let model = try run.tensors(step: last, "model.safetensors")
      let carried = try run.tensors(step: last, "training.safetensors")
      let before = try run.tensors(step: last - 1, "model.safetensors")

      let name = "fc1.weight"
      let (average, weights) = (try #require(model[name]), try #require(carried["weights." + name]))
      #expect(average != weights)
      // One step of the moving average, decay 0.7, from the checkpoint before.
      let expected = zip(try #require(before[name]), weights).map { 0.7 * Double($0) + 0.3 * Double($1) }
      let error = zip(average, expected).map { abs(Double($0) - $1) }.max() ?? 1
      #expect(error < 1e-7)
    }
  }
}
