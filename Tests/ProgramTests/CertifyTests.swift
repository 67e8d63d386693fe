import Foundation
import TestSupport
import Testing

@Suite("Certificates and the bracket")
struct CertifyTests {
  private static let configuration = """
    data: {name: synthetic, samples: 320, testSamples: 83, noise: 0.4}
    model: {name: mlp, hidden: [24, 16]}
    batch: {size: 32, microbatch: 8}
    epochs: 3
    schedule: {name: constant, learningRate: 0.01}
    training: {method: fgsm}
    threat: {norm: linf, epsilon: 0.02}
    evaluation: {final: [{name: pgd, steps: 8}]}
    checkpoint: {keep: 5}
    """

  /// What these tests read of a bracket.
  private struct Bracket: Decodable {
    struct Count: Decodable {
      let correct: Int
      let total: Int
    }
    let norm: String
    let epsilon: Double
    let certifiedFor: String?
    let attack: String?
    let cleanWrong: Int
    let broken: Int
    let certified: Int
    let undecided: Int
    let certifiedAccuracy: Count
    let attackedAccuracy: Count
  }

  private struct Record: Decodable {
    struct Certified: Decodable {
      let method: String
      let norm: String
      let epsilon: Double
      let certifiedFor: String?
      let correct: Int
      let total: Int
    }
    let clean: Bracket.Count
    let certified: Certified?
    let brackets: [Bracket]?
  }

  /// Trains, and runs `body` in the folder of the run.
  private func withRun(
    _ configuration: String = Self.configuration, _ body: (RunFolder) async throws -> Void
  ) async throws {
    try await withRunFolder(configuration) { run in
      let result = try await holdfast(run.training(), in: run.directory)
      try #require(result.exitCode == 0, "\(result.standardError)")
      try await body(run)
    }
  }

  private func certify(
    _ run: RunFolder, _ arguments: String..., ranks: Int? = nil, into output: String
  ) async throws -> (record: Record, verdicts: [Verdict], text: String) {
    let all = ["certify", "run", "--output", output, "--threads", "1"] + arguments
    let result = try await holdfast(all, ranks: ranks, in: run.directory)
    try #require(result.exitCode == 0, "\(result.standardError)")
    let folder = run.directory.appendingPathComponent(output)
    let data = try Data(contentsOf: folder.appendingPathComponent("evaluation.json"))
    let lines = try Data(contentsOf: folder.appendingPathComponent("verdicts.jsonl"))
    let verdicts = try lines.split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(Verdict.self, from: $0) }
    let seconds = try Regex("\"seconds\" *: *[-0-9.e+]+")
    let text = String(decoding: data, as: UTF8.self).replacing(seconds, with: "")
    return (
      try JSONDecoder().decode(Record.self, from: data), verdicts,
      text + String(decoding: lines, as: UTF8.self)
    )
  }

  @Test("Every sample is of one kind, and tighter methods certify more")
  func bracket() async throws {
    try await withRun { run in
      var certified: [Int] = []
      for method in ["ibp", "crown-ibp", "crown"] {
        let found = try await certify(
          run, "--method", method, "--attack", "pgd", "--steps", "10", "--epsilon", "0.005,0.02", into: method
        )
        let brackets = try #require(found.record.brackets)
        #expect(brackets.map(\.epsilon) == [0.005, 0.02])
        #expect(found.verdicts.count == 2 * 83)
        for (bracket, first) in zip(brackets, [0, 83]) {
          let own = found.verdicts[first..<first + 83]
          #expect(bracket.attack == "pgd")
          #expect(bracket.cleanWrong == own.count { $0.verdict == "clean-wrong" })
          #expect(bracket.broken == own.count { $0.verdict == "broken" })
          #expect(bracket.certified == own.count { $0.verdict == "certified" })
          #expect(bracket.undecided == own.count { $0.verdict == "undecided" })
          #expect(bracket.cleanWrong == 83 - found.record.clean.correct)
          #expect(bracket.certifiedAccuracy.correct == bracket.certified)
          #expect(bracket.attackedAccuracy.correct == bracket.certified + bracket.undecided)
          #expect(
            own.allSatisfy {
              ($0.verdict == "broken" || $0.verdict == "clean-wrong") == ($0.predicted != $0.label)
            })
        }
        #expect(found.record.certified?.correct == brackets[0].certified)
        #expect(found.record.certified?.total == 83)
        certified.append(brackets[0].certified)
      }
      #expect(certified == certified.sorted())
      #expect((certified.last ?? 0) > 0)
    }
  }

  @Test("What arithmetic a certificate is for stands in the table and in the record")
  func arithmetic() async throws {
    try await withRun { run in
      for (arguments, text) in [
        ([], "direct float32 convolutions"),
        (["--minimal-filtering"], "float32 convolutions, direct or by minimal filtering"),
      ] {
        let output = "bounds\(arguments.count)"
        let result = try await holdfast(
          ["certify", "run", "--limit", "9", "--output", output] + arguments, in: run.directory)
        try #require(result.exitCode == 0, "\(result.standardError)")
        let folder = run.directory.appendingPathComponent(output)
        let record = try JSONDecoder().decode(
          Record.self, from: Data(contentsOf: folder.appendingPathComponent("evaluation.json")))
        #expect(result.standardOutput.contains("certified for \(text)"))
        #expect(record.certified?.certifiedFor?.hasPrefix(text) == true)
        #expect(record.brackets?.first?.certifiedFor == record.certified?.certifiedFor)
      }
    }
  }

  @Test("Verdicts are the same for any number of ranks and threads")
  func sameForAllRanks() async throws {
    try await withRun { run in
      for (name, arguments) in [
        (
          "crown",
          ["--method", "crown", "--attack", "pgd", "--steps", "5", "--norm", "l2", "--epsilon", "0.1"]
        ),
        (
          "smoothing",
          [
            "--method", "smoothing", "--sigma", "0.2", "--samples", "300", "--epsilon", "0.1,0.2", "--limit",
            "7",
          ]
        ),
        (
          "prediction",
          ["--method", "smoothing", "--sigma", "0.2", "--samples", "100", "--predict", "--limit", "7"]
        ),
      ] {
        var texts: Set<String> = []
        for ranks in [nil, 1, 2, 3] as [Int?] {
          let output = "\(name)-\(ranks ?? 0)"
          let all = ["certify", "run", "--output", output, "--threads", ranks == 1 ? "3" : "1"] + arguments
          let result = try await holdfast(all, ranks: ranks, in: run.directory)
          try #require(result.exitCode == 0, "\(result.standardError)")
          let folder = run.directory.appendingPathComponent(output)
          let record = try String(
            contentsOf: folder.appendingPathComponent("evaluation.json"), encoding: .utf8)
          let seconds = try Regex("\"seconds\" *: *[-0-9.e+]+")
          texts.insert(
            record.replacing(seconds, with: "")
              + (try String(contentsOf: folder.appendingPathComponent("verdicts.jsonl"), encoding: .utf8)))
        }
        #expect(texts.count == 1, "\(name)")
        #expect(texts.first?.contains("\"verdict\"") == true)
      }
    }
  }

  @Test("Verdicts of an earlier evaluation complete the bracket; other weights or samples are refused")
  func earlier() async throws {
    try await withRun { run in
      let found = try await certify(run, "--with", "run/evaluations/final", into: "both")
      let bracket = try #require(found.record.brackets?.first)
      let attacked = try run.verdicts()
      #expect(bracket.attack == "pgd")
      #expect(bracket.broken == attacked.count { $0.verdict == "broken" })
      #expect(bracket.certified > 0)

      let radius = try await holdfast(
        ["certify", "run", "--with", "run/evaluations/final", "--epsilon", "0.01"], in: run.directory)
      #expect(radius.exitCode == 64)
      #expect(radius.messages(with: "run/evaluations/final", "0.01").count == 1)
      let step = try await holdfast(
        ["certify", "run", "--with", "run/evaluations/final", "--checkpoint", "0"], in: run.directory)
      #expect(step.exitCode == 64)
      #expect(step.messages(with: "other weights").count == 1)
    }
  }

  @Test("A sample both certified and broken ends the program with its index", arguments: [nil, 2])
  func contradiction(ranks: Int?) async throws {
    try await withRun { run in
      let found = try await certify(run, "--with", "run/evaluations/final", into: "before")
      let victim = try #require(found.verdicts.last { $0.verdict == "certified" })
      let url = run.url("evaluations/final/verdicts.jsonl")
      let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
        line.contains("\"index\":\(victim.index),")
          ? String(line).replacing("undecided", with: "broken") : String(line)
      }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)

      let result = try await holdfast(
        ["certify", "run", "--with", "run/evaluations/final", "--output", "after"], ranks: ranks,
        in: run.directory)

      #expect(result.exitCode == 70)
      #expect(result.messages(with: "internal error: sample \(victim.index) is certified by").count == 1)
      #expect(!FileManager.default.fileExists(atPath: run.directory.appendingPathComponent("after").path))
    }
  }

  @Test(
    "The exact answer for linear models leaves nothing open, and is the exact attack's",
    arguments: [["--epsilon", "0.12"], ["--norm", "l2", "--epsilon", "3"]])
  func exact(threat: [String]) async throws {
    let linear = Self.configuration.replacing(
      "name: mlp, hidden: [24, 16]", with: "name: logistic-regression")
    try await withRun(linear) { run in
      var counts: [[Int]] = []
      for method in ["exact", "crown"] {
        let all = ["certify", "run", "--method", method, "--output", method] + threat
        let result = try await holdfast(all, ranks: 2, in: run.directory)
        try #require(result.exitCode == 0, "\(result.standardError)")
        let data = try Data(contentsOf: run.directory.appendingPathComponent("\(method)/evaluation.json"))
        let bracket = try #require(try JSONDecoder().decode(Record.self, from: data).brackets?.first)
        counts.append([bracket.certified, bracket.broken, bracket.undecided])
      }
      let evaluated = try await holdfast(
        ["evaluate", "run", "--attack", "exact", "--output", "attacked"] + threat, in: run.directory)
      try #require(evaluated.exitCode == 0, "\(evaluated.standardError)")
      let file = try JSONDecoder().decode(
        EvaluationFile.self,
        from: Data(contentsOf: run.directory.appendingPathComponent("attacked/evaluation.json")))

      #expect(counts[0][2] == 0)
      #expect(counts[0][0] == file.attacks.first?.correct)
      #expect(counts[0][0] > 0)
      #expect(counts[0][1] > 0)
      // Linear bounds of a linear model are exact where the set has no corner cut off.
      if threat.first == "--epsilon" { #expect(counts[1][0] == counts[0][0]) }
      #expect(counts[1][0] <= counts[0][0])
    }
  }

  @Test("What cannot be is refused in words, with the exit code of usage")
  func refusals() async throws {
    try await withRun { run in
      for (arguments, texts) in [
        (["--method", "exact"], ["mlp"]),
        (["--method", "magic"], ["ibp, crown-ibp, crown, exact, smoothing"]),
        (["--method", "smoothing", "--epsilon", "0.1"], ["--sigma"]),
        (
          ["--method", "smoothing", "--sigma", "0.1", "--epsilon", "0.1", "--attack", "pgd"],
          ["smoothed classifier"]
        ),
        (["--sigma", "0.1"], ["--sigma", "smoothing"]),
        (["--norm", "l1"], ["--epsilon"]),
        (["--epsilon", "x"], ["--epsilon", "x"]),
        (["--attack", "pgd", "--with", "run/evaluations/final"], ["--attack", "--with"]),
        (["--steps", "3"], ["steps", "--attack"]),
        (["--method", "smoothing", "--sigma", "0.1", "--minimal-filtering"], ["--minimal-filtering"]),
      ] {
        let result = try await holdfast(["certify", "run"] + arguments, in: run.directory)
        #expect(result.exitCode == 64, "\(arguments)")
        let message = result.messages.joined(separator: "\n")
        for text in texts { #expect(message.contains(text), "\(arguments): \(message)") }
      }
    }
  }
}
