import Attacks
import Certificates
import Checkpoints
import Evaluation
import Reports

/// What `certify` found.
struct CertificationReport {
  var record: EvaluationRecord
  var verdicts: [SampleVerdict] = []
  private var bounds: [SampleBounds] = []
  /// What smoothing found, a row for each radius.
  private var smoothed: AccuracyTable?

  init(record: EvaluationRecord) {
    self.record = record
  }

  /// Adds what is known under one threat model.
  mutating func append(_ result: CertificateResult, _ bracket: Bracket, attack: String?) {
    let threat = bracket.threat
    var provenBy: [String: Int] = [:]
    for outcome in bracket.outcomes {
      if case .certified(let method) = outcome { provenBy[method, default: 0] += 1 }
    }
    let entry = EvaluationRecord.Bracket(
      norm: threat.norm.rawValue, epsilon: threat.epsilon.asWritten, box: threat.box,
      method: result.method.name, certifiedFor: result.method.arithmetic, attack: attack,
      cleanWrong: bracket.cleanWrong, broken: bracket.broken,
      certified: bracket.certified, undecided: bracket.undecided, provenBy: provenBy)
    record.brackets = (record.brackets ?? []) + [entry]
    if record.certified == nil {
      record.certified = EvaluationRecord.Certified(
        method: result.method.name, norm: entry.norm, epsilon: entry.epsilon,
        count: entry.certifiedAccuracy, seconds: result.seconds, certifiedFor: entry.certifiedFor)
    }
    for (place, margins) in (result.margins ?? []).enumerated() {
      let (index, label) = (result.clean.sourceIndices[place], result.clean.labels[place])
      guard result.clean.predictions[place] == label else { continue }
      bounds.append(
        SampleBounds(
          index: index, label: label, norm: entry.norm, epsilon: entry.epsilon,
          margins: margins.enumerated().map { $0.offset == label ? nil : $0.element }))
    }
    for (place, outcome) in bracket.outcomes.enumerated() {
      let label = result.clean.labels[place]
      let (verdict, predicted, by): (SampleVerdict.Outcome, Int, String?) =
        switch outcome {
        case .cleanWrong(let predicted): (.cleanWrong, predicted, nil)
        case .broken(let predicted, let by): (.broken, predicted, by)
        case .certified(let by): (.certified, label, by)
        case .undecided: (.undecided, label, nil)
        }
      verdicts.append(
        SampleVerdict(
          index: result.clean.sourceIndices[place], label: label, predicted: predicted, verdict: verdict,
          by: by,
          attack: attack ?? "none", norm: entry.norm, epsilon: entry.epsilon))
    }
  }

  /// Adds what smoothing says at every radius.
  mutating func append(_ result: SmoothingResult, _ threats: [ThreatModel], predicts: Bool) {
    let total = result.labels.count
    var table = AccuracyTable(
      corner: "smoothed, sigma \(ConfigurationNumber.text(result.smoothing.sigma))",
      columns: predicts
        ? ["predicted"] : threats.map { "l2 \(ConfigurationNumber.text($0.epsilon.asWritten))" })
    let counts = (predicts ? [0] : threats.map { $0.epsilon.asWritten }).map {
      AccuracyCount(correct: result.correct(radius: $0), total: total)
    }
    table.append(predicts ? "accuracy" : "certified", counts)
    table.append(
      "abstained", counts.map { _ in AccuracyCount(correct: result.abstained, total: total) })
    smoothed = table
    let first = predicts ? 0 : threats[0].epsilon.asWritten
    record.certified = EvaluationRecord.Certified(
      method: predicts ? "smoothing-prediction" : "smoothing", norm: "l2", epsilon: first, count: counts[0],
      seconds: result.seconds,
      smoothing: EvaluationRecord.Smoothing(
        sigma: result.smoothing.sigma, selectionSamples: predicts ? nil : result.smoothing.selectionDraws,
        samples: result.smoothing.draws, alpha: result.smoothing.alpha, abstained: result.abstained))
    for radius in predicts ? [0] : threats.map({ $0.epsilon.asWritten }) {
      for (place, certificate) in result.certificates.enumerated() {
        let isRight = certificate.predicted == result.labels[place]
        let verdict: SampleVerdict.Outcome =
          certificate.predicted != nil && !isRight
          ? .cleanWrong : isRight && !predicts && certificate.radius >= radius ? .certified : .undecided
        verdicts.append(
          SampleVerdict(
            index: result.sourceIndices[place], label: result.labels[place],
            predicted: certificate.predicted ?? -1, verdict: verdict,
            by: verdict == .certified ? "smoothing" : nil, attack: "none", norm: "l2", epsilon: radius,
            radius: predicts ? nil : certificate.radius))
      }
    }
  }

  /// Writes evaluation.json and verdicts.jsonl into a new folder.
  ///
  /// - Throws: `FileError`.
  func write(to folder: String) throws {
    try FileSystem.makeFolder(folder)
    try SampleVerdict.write(verdicts, to: "\(folder)/verdicts.jsonl")
    if !bounds.isEmpty { try SampleBounds.write(bounds, to: "\(folder)/bounds.jsonl") }
    try ReportFile.write(record, to: "\(folder)/evaluation.json")
  }

  /// What the terminal shows.
  func table() -> String {
    smoothed?.rendered() ?? BracketTable(record.brackets ?? []).rendered()
  }
}
