import Foundation
import MessagePassing
import Reports
import Training

/// What a training run will cost, from a few seconds of it.
struct TrainingForecast: Encodable, Sendable {
  let steps: Int
  let stepsPerEpoch: Int
  /// The parts of the run whose steps take other times.
  let stretches: [StretchForecast]
  var trainingSeconds: Double
  let validations: Int
  let validation: AttackForecast?
  let guardProbes: Int
  let guardProbeSeconds: Double
  let evaluation: [AttackForecast]
  var checkpoints: CheckpointForecast
  /// From the start of the program to the first step.
  let startUpSeconds: Double
  /// The largest memory of a rank, in millions of bytes.
  let megabytesPerRank: Int
  let ranks: Int
  let threads: Int
  /// For all of the data set, where only a part of it is here.
  var published: PublishedForecast?

  enum CodingKeys: String, CodingKey {
    case steps, stretches, validations, validation, evaluation, checkpoints, ranks, threads, published
    case stepsPerEpoch = "steps_per_epoch"
    case trainingSeconds = "training_seconds"
    case guardProbes = "guard_probes"
    case guardProbeSeconds = "guard_probe_seconds"
    case startUpSeconds = "start_up_seconds"
    case megabytesPerRank = "megabytes_per_rank"
    case validationSeconds = "validation_seconds"
    case evaluationSeconds = "evaluation_seconds"
    case checkpointSeconds = "checkpoint_seconds"
    case totalSeconds = "total_seconds"
  }

  var validationSeconds: Double { Double(validations) * (validation?.seconds ?? 0) + guardSeconds }
  private var guardSeconds: Double { Double(guardProbes) * guardProbeSeconds }
  var evaluationSeconds: Double { evaluation.reduce(0) { $0 + $1.seconds } }
  var checkpointSeconds: Double {
    checkpoints.seconds(between: trainingSeconds / Double(max(checkpoints.count - 1, 1)))
  }
  var totalSeconds: Double {
    startUpSeconds + trainingSeconds + validationSeconds + evaluationSeconds + checkpointSeconds
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(steps, forKey: .steps)
    try values.encode(stepsPerEpoch, forKey: .stepsPerEpoch)
    try values.encode(stretches, forKey: .stretches)
    try values.encode(trainingSeconds, forKey: .trainingSeconds)
    try values.encode(validations, forKey: .validations)
    try values.encodeIfPresent(validation, forKey: .validation)
    try values.encode(guardProbes, forKey: .guardProbes)
    try values.encode(guardProbeSeconds, forKey: .guardProbeSeconds)
    try values.encode(validationSeconds, forKey: .validationSeconds)
    try values.encode(evaluation, forKey: .evaluation)
    try values.encode(evaluationSeconds, forKey: .evaluationSeconds)
    try values.encode(checkpoints, forKey: .checkpoints)
    try values.encode(checkpointSeconds, forKey: .checkpointSeconds)
    try values.encode(startUpSeconds, forKey: .startUpSeconds)
    try values.encode(totalSeconds, forKey: .totalSeconds)
    try values.encode(megabytesPerRank, forKey: .megabytesPerRank)
    try values.encode(ranks, forKey: .ranks)
    try values.encode(threads, forKey: .threads)
    try values.encodeIfPresent(published, forKey: .published)
  }

  /// The lines of the plan that cost something, as comments of YAML.
  var text: String {
    var lines: [(String, String)] = []
    for stretch in stretches {
      let place = stretches.count > 1 ? " from epoch \(ConfigurationNumber.text(stretch.start)) on" : ""
      lines.append(("a step", stretch.step.text + place))
      lines.append(("", stretch.step.phases.shares))
    }
    lines.append(("time", "\(Self.duration(trainingSeconds)) for \(steps) steps"))
    if let validation {
      lines.append(
        (
          "",
          "\(Self.duration(Double(validations) * validation.seconds)) for \(validations) validations on "
            + "\(validation.samples) samples: \(validation.attack)"
        ))
    }
    if guardProbes > 0 {
      lines.append(("", "\(Self.duration(guardSeconds)) for \(guardProbes) measurements of the guards"))
    }
    lines += evaluation.map {
      ("", "at most \(Self.duration($0.seconds)) for the evaluation on \($0.samples) samples: \($0.attack)")
    }
    lines += [
      (
        "",
        "\(Self.duration(checkpointSeconds)) for \(checkpoints.count) checkpoints, each of which "
          + "\(fixed(checkpoints.writingSeconds, 2)) s are written meanwhile"
      ),
      ("", "\(Self.duration(startUpSeconds)) until the first step"),
      ("in all", "about \(Self.duration(totalSeconds))"),
      ("memory", "\(megabytesPerRank) MB a rank"),
    ]
    if let published {
      lines.append(
        (
          "on all data",
          "about \(Self.duration(published.totalSeconds)), \(Self.duration(published.trainingSeconds)) of it for "
            + "\(published.steps) steps: \(published.trainingSamples) training samples, \(published.testSamples) test samples"
        ))
    }
    return lines.map { "#   " + $0.0.padding(toLength: 15, withPad: " ", startingAt: 0) + $0.1 }
      .joined(separator: "\n")
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(fixed(seconds, 1)) s"
  }
}
