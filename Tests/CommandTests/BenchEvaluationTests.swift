import Foundation
import TestSupport
import Testing

@Suite("holdfast bench evaluation")
struct BenchEvaluationTests {
  private static let small = [
    "bench", "evaluation", "--model", "mlp", "--samples", "40", "--threads", "1", "--epsilon", "0.02",
  ]

  @Test("It prints one object with the speed of every attack, whose numbers agree", arguments: [1, 2])
  func object(ranks: Int) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(
        Self.small + ["--attack", "fgsm", "pgd", "apgd-ce", "--repetitions", "2", "--json"], ranks: ranks,
        data: data)

      try #require(result.exitCode == 0, "\(result.standardError)")
      let object = try result.json()
      for (key, value) in [("samples", 40), ("ranks", ranks), ("threads", 1), ("repetitions", 2)] {
        #expect(object[key] as? Int == value, "\(key)")
      }
      #expect(object["epsilon"] as? Double == 0.02)
      let attacks = try #require(object["attacks"] as? [[String: Any]])
      #expect(attacks.map { $0["name"] as? String } == ["fgsm", "pgd", "apgd-ce"])
      for attack in attacks {
        let rates = try #require(attack["samples_per_second"] as? [String: Double])
        let (median, seconds) = (try #require(rates["median"]), try #require(attack["seconds"] as? Double))
        // Of two values the median is the higher: the shorter time makes the higher rate.
        #expect(median > 0 && seconds > 0 && median * seconds >= 40 * (1 - 1e-9))
        // Random images bear the classes that the model gives them.
        #expect(attack["attacked"] as? Int == 40)
        let withstood = try #require(attack["withstood"] as? Int)
        #expect(0...40 ~= withstood)
      }
      let probes = try #require(object["probes"] as? [[String: Double]])
      #expect(probes.map { $0["workers"] } == [Double(ranks), Double(ranks)])
    }
  }

  @Test("Ranks find the same, and the text names every attack")
  func text() async throws {
    try await withTemporaryDirectory { data in
      var lines: [[String]] = []
      for ranks in [1, 3] {
        let result = try await runHoldfast(
          Self.small + ["--attack", "square", "fab-t"], ranks: ranks, data: data)
        try #require(result.exitCode == 0, "\(result.standardError)")
        lines.append(
          result.standardOutput.split(separator: "\n").filter { $0.contains("withstood") }.map {
            "\($0.split(separator: " ")[0])\($0.split(separator: ",").last ?? "")"
          })
      }
      #expect(lines[0].count == 2)
      #expect(lines[0] == lines[1])
      #expect(lines[0].first?.hasPrefix("square") == true)
    }
  }

  @Test(
    "What cannot be measured is refused in words",
    arguments: [
      (["--attack", "magic"], 64, "magic"), (["--epsilon", "much"], 64, "--epsilon"),
      (["--weights", "/nowhere.safetensors"], 66, "/nowhere.safetensors"),
    ])
  func refusals(arguments: [String], code: Int32, text: String) async throws {
    try await withTemporaryDirectory { data in
      let result = try await runHoldfast(Self.small + arguments, data: data)

      #expect(result.exitCode == code, "\(result.standardError)")
      #expect(result.messages.contains { $0.contains(text) }, "\(result.standardError)")
    }
  }
}
