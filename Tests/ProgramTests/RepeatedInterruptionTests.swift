import Foundation
import TestSupport
import Testing

@Suite("Runs interrupted five times")
struct RepeatedInterruptionTests {
  /// How wide one piece of a run is.
  private struct Width: Sendable, CustomStringConvertible {
    let ranks: Int?
    let threads: Int
    var description: String { "\(ranks.map { "\($0) ranks" } ?? "no launcher") x \(threads)" }
  }

  /// Every number of ranks that is promised, and up to three threads.
  private static let widths = [
    Width(ranks: 8, threads: 1), Width(ranks: 3, threads: 2), Width(ranks: nil, threads: 3),
    Width(ranks: 5, threads: 1), Width(ranks: 2, threads: 2), Width(ranks: 7, threads: 1),
    Width(ranks: 4, threads: 1), Width(ranks: 1, threads: 1),
  ]

  private static let cases: [BitIdentityCase] = [
    .longRun(
      "standard on lenet with dropout", "model: {name: lenet}\ntraining: {method: standard}"),
    .longRun(
      "fgsm on lenet with dropout under attack",
      """
      model: {name: lenet}
      training: {method: fgsm, attackMode: training}
      optimizer: {name: adamw}
      """),
    .longRun(
      "fgsm-rs on cnn-small",
      """
      model: {name: cnn-small}
      training: {method: fgsm-rs}
      optimizer: {name: sgd, momentum: 0.9, nesterov: true}
      schedule: {name: cosine, learningRate: 0.05}
      """),
    .longRun("pgd on cnn-small", "model: {name: cnn-small}\ntraining: {method: pgd, steps: 4}"),
    .longRun(
      "the exact worst case on linear-binary", classes: "classes: [3, 8], ",
      """
      model: {name: linear-binary}
      threat: {norm: l2, epsilon: 0.5, box: false}
      training: {method: exact, lossFunction: hinge}
      """),
  ]

  @Test(
    "A run stopped or killed at five random steps, each time resumed on other ranks, ends with the same bits",
    arguments: Array(cases.enumerated()))
  func fiveTimes(index: Int, identity: BitIdentityCase) async throws {
    let alone = try await withRunFolder(identity.configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      return (checkpoints: try run.checkpoints(), evaluation: try run.evaluationText())
    }
    let last = try #require(alone.checkpoints.keys.max())
    // What is compared are weights and moments; equal moments mean something where each step has others.
    #expect(Set(alone.checkpoints.values.map { $0[1] }).count == alone.checkpoints.count)
    // The last quarter stays for the end, so that no interruption comes too late.
    let stops = (1...(last * 3 / 4)).shuffled().prefix(5).sorted()

    try await withRunFolder(identity.configuration) { run in
      for (number, stop) in stops.enumerated() {
        let width = Self.widths[(number + index * 3) % Self.widths.count]
        let isKill = (number + index) % 2 == 0
        let arguments = run.training("--resume", threads: width.threads)
        let result = try await holdfast(arguments, ranks: width.ranks, in: run.directory) { job in
          let isUnderWay = try await job.wait { try run.stepsTaken(sinceResuming: number) >= stop }
          #expect(isUnderWay, "\(width) ended before step \(stop)")
          let ranks = job.ranks
          job.send(
            isKill ? SIGKILL : SIGUSR1,
            to: isKill
              ? ranks + [job.launcher].compactMap { $0 } : job.launcher.map { [$0] } ?? ranks)
        }
        #expect(
          result.exitCode == (isKill ? 128 + SIGKILL : 75), "\(width): \(result.standardError)")
      }
      let width = Self.widths[(5 + index * 3) % Self.widths.count]
      let arguments = run.training("--resume", threads: width.threads)
      let result = try await holdfast(arguments, ranks: width.ranks, in: run.directory)

      try #require(result.exitCode == 0, "\(result.standardError)")
      #expect(try run.checkpoints() == alone.checkpoints, "interrupted at \(stops)")
      #expect(try run.evaluationText() == alone.evaluation)
      #expect(try run.events("resume").count == 5)
    }
  }
}

extension BitIdentityCase {
  /// 8 epochs of 10 steps, with a checkpoint after each, of which all are kept.
  fileprivate static func longRun(_ name: String, classes: String = "", _ sections: String) -> Self {
    Self(
      name, data: "\(classes)samples: \(classes.isEmpty ? 317 : 1600), testSamples: 40",
      batch: "{size: 32, microbatch: 4}", epochs: 8, sections)
  }
}

extension RunFolder {
  /// The last step that the job has taken which resumed the run for the `count`th time; 0 before its first.
  fileprivate func stepsTaken(sinceResuming count: Int) throws -> Int {
    let events = try allEvents()
    guard events.count(where: { $0.event == "resume" }) == count else { return 0 }
    let start = events.lastIndex { $0.event == "resume" } ?? 0
    return events[start...].last { $0.event == "step" }?.step ?? 0
  }
}
