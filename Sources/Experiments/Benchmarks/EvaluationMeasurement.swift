import Attacks
import Foundation

/// What a benchmark of attacks found.
struct EvaluationMeasurement: Encodable {
  /// The speed of one attack, and what it did, which the speed depends on.
  struct Attack: Encodable {
    let name: String
    let label: String
    /// Of all samples, those included that were wrong before.
    let samplesPerSecond: Spread
    /// Median.
    let seconds: Double
    /// The samples that were right, which alone are attacked.
    let attacked: Int
    /// Those of them that withstood.
    let withstood: Int

    enum CodingKeys: String, CodingKey {
      case name, label, seconds, attacked, withstood
      case samplesPerSecond = "samples_per_second"
    }

    init(attack: any Attacks.Attack, samples: Int, attacked: Int, withstood: Int, seconds: [Double]) {
      name = attack.name
      label = attack.label
      samplesPerSecond = Spread(seconds.map { Double(samples) / $0 })
      self.seconds = Spread(seconds).median
      self.attacked = attacked
      self.withstood = withstood
    }
  }

  let model: String
  let weights: String
  let data: String
  let samples: Int
  let norm: String
  let epsilon: Double
  let attacks: [Attack]
  let repetitions: Int
  let microbatch: Int
  let ranks: Int
  let threads: Int
  /// Before and behind the measured attacks.
  let probes: [WorkerProbe]

  var text: String {
    let width = attacks.map(\.name.count).max() ?? 0
    let lines = attacks.map { attack in
      let name = attack.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let rate = attack.samplesPerSecond
      let spread = repetitions > 1 ? " (\(fixed(rate.min, 1)) to \(fixed(rate.max, 1)))" : ""
      return "  \(name)   \(fixed(rate.median, 1)) samples/s\(spread), \(fixed(attack.seconds, 2)) s, "
        + "\(attack.withstood) of \(attack.attacked) withstood"
    }
    return """
      \(model) with \(weights) weights, \(samples) samples of \(data), \(norm) \(epsilon), micro-batches of \
      \(microbatch), \(ranks) ranks x \(threads) threads
      \(lines.joined(separator: "\n"))
        peak, before: \(probes.first?.text ?? "")
              behind: \(probes.last?.text ?? "")
      """
  }
}
