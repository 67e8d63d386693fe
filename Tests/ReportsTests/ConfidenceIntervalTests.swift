import Foundation
import Reports
import Testing

@Suite("Confidence intervals and accuracies")
struct ConfidenceIntervalTests {
  @Test(
    "Wilson intervals agree with published ones",
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3; and the textbook cases 0, n and n/2.
    arguments: [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
      (10, 10, 0.7225, 1), (50, 100, 0.4038, 0.5962),
    ])
  func published(correct: Int, total: Int, lower: Double, upper: Double) {
    let interval = ConfidenceInterval.wilson(correct: correct, total: total)
    #expect(abs(interval.lower - lower) < 5e-5)
    #expect(abs(interval.upper - upper) < 5e-5)
  }

  @Test("The interval lies in [0, 1] around the proportion, and mirrors when successes and failures swap")
  func properties() {
    for total in [1, 2, 7, 1000, 10_000] {
      for correct in Set([0, 1, total / 3, total / 2, total - 1, total]) {
        let interval = ConfidenceInterval.wilson(correct: correct, total: total)
        let mirrored = ConfidenceInterval.wilson(correct: total - correct, total: total)
        let proportion = Double(correct) / Double(total)
        #expect(0 <= interval.lower && interval.lower <= proportion)
        #expect(proportion <= interval.upper && interval.upper <= 1)
        #expect(abs(interval.lower - (1 - mirrored.upper)) < 1e-12)
      }
    }
    #expect(ConfidenceInterval.wilson(correct: 0, total: 0).upper == 1)
  }

  @Test("An accuracy is the exact count and carries proportion and interval in JSON")
  func json() throws {
    let encoded = try JSONEncoder().encode(AccuracyCount(correct: 75, total: 100))
    let object = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])

    #expect(object["correct"] as? Int == 75)
    #expect(object["accuracy"] as? Double == 0.75)
    #expect((object["ci95"] as? [Double])?.count == 2)
    #expect(
      try JSONDecoder().decode(AccuracyCount.self, from: encoded) == AccuracyCount(correct: 75, total: 100))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(AccuracyCount.self, from: Data("{\"correct\":3,\"total\":2}".utf8))
    }
  }

  @Test("The table aligns names left and numbers right")
  func table() {
    var table = AccuracyTable(columns: ["0", "0.05", "8/255"])
    table.append(
      "lenet", [AccuracyCount(correct: 1000, total: 1000), AccuracyCount(correct: 914, total: 1000), nil])
    table.append("lenet-fgsm", (0..<3).map { AccuracyCount(correct: $0, total: 1000) })

    #expect(
      table.rendered() == """
        epsilon          0   0.05  8/255
        --------------------------------
        lenet       100.00  91.40      -
        lenet-fgsm    0.00   0.10   0.20
        accuracy in %, n = 1000
        """)
  }
}
