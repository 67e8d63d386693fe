import Checkpoints
import Foundation
import Reports

/// The folder of a small run as training and two evaluations leave it.
struct SampleRun {
  let directory: RunDirectory

  /// Ten samples of three classes: seven right, of which pgd breaks four and fgsm two.
  static let labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]
  static let clean = [0, 1, 2, 0, 1, 2, 0, 2, 1, 1]
  static let pgd = [1, 1, 0, 0, 2, 0, 0, 2, 1, 1]
  static let fgsm = [1, 1, 2, 0, 2, 2, 0, 2, 1, 1]

  /// Writes a run.
  ///
  /// - Parameters:
  ///   - path: Its folder.
  ///   - message: A warning of the evaluation.
  ///   - command: The first word of the command line.
  init(_ path: String, message: String = "restarts still gain", command: String = "holdfast") throws {
    directory = try RunDirectory.open(path, mode: .create)
    try AtomicFile.write("name: sample\nthreat: {norm: linf, epsilon: 0.3}\n", to: directory.configuration)
    let machine = Machine(host: "node01", cpu: "CPU of a <kind>", affinity: "0-1", cpus: 2)
    let manifest = RunManifest(
      versions: ["oneDNN": "2.6.3"], command: [command, "train"],
      startedAt: Date(timeIntervalSince1970: 1_700_000_000), machines: [machine, machine], threadsPerRank: 3,
      instructionSet: "avx2", seed: .max, data: ["source": "mnist-5k"])
    try ReportFile.write(manifest, to: directory.manifest)
    try writeMetrics()
    try writeEvaluation(message)
    try writeCertificate()
  }

  private func writeMetrics() throws {
    let log = try MetricsLog(path: directory.metrics) { Date(timeIntervalSince1970: 1_700_000_000) }
    for step in 1...40 {
      try log.append(
        StepRecord(
          step: step, epoch: (step - 1) / 10, loss: 2 / Double(step), correct: 8, total: 16,
          learningRate: 0.01, seconds: 1))
      guard step % 10 == 0 else { continue }
      try log.append(
        EpochRecord(
          epoch: step / 10 - 1, step: step, loss: 2 / Double(step), training: .init(correct: 80, total: 160),
          seconds: 10,
          phases: PhaseSeconds(attack: 7, gradient: 1.5, reduction: 0.75, waiting: 0.5, other: 0.25)))
      try log.append(
        EvaluationMetrics(
          step: step, split: "validation", attack: "pgd-20 (linf, epsilon 0.3)",
          clean: .init(correct: 50 + step, total: 100), robust: .init(correct: step, total: 100), seconds: 2))
    }
  }

  private var checkpoint: EvaluationRecord.CheckpointIdentity {
    .init(path: "\(directory.path)/checkpoints/step-00000040/model.safetensors", sha256: "abcdef")
  }

  private func writeEvaluation(_ message: String) throws {
    func attack(_ name: String, _ epsilon: Double, _ correct: Int) -> EvaluationRecord.Attack {
      .init(
        name: name, norm: "linf", epsilon: epsilon, steps: name == "pgd" ? 20 : nil, stepSize: epsilon / 8,
        restarts: name == "pgd" ? 1 : nil, count: .init(correct: correct, total: 10), maxNorm: epsilon,
        seconds: 3
      )
    }
    let record = EvaluationRecord(
      checkpoint: checkpoint, data: "mnist-5k test", clean: .init(correct: 7, total: 10),
      attacks: [
        attack("fgsm", 0.3, 5), attack("pgd", 0.3, 3), attack("fgsm", 0.1, 7), attack("pgd", 0.1, 6),
      ], warnings: [message])
    let folder = directory.evaluation("final")
    try ReportFile.write(record, to: "\(folder)/evaluation.json")
    let predictions = [Self.fgsm, Self.pgd, Self.clean, [1] + Self.clean.dropFirst()]
    var verdicts: [SampleVerdict] = []
    for (attack, predicted) in zip(record.attacks, predictions) {
      for (index, label) in Self.labels.enumerated() {
        let isWrong = Self.clean[index] != label
        verdicts.append(
          SampleVerdict(
            index: index, label: label, predicted: predicted[index],
            verdict: isWrong ? .cleanWrong : predicted[index] != label ? .broken : .undecided,
            attack: attack.name, norm: "linf", epsilon: attack.epsilon))
      }
    }
    try SampleVerdict.write(verdicts, to: "\(folder)/verdicts.jsonl")
    let image = (0..<784).map { Float($0 % 28) / 28 }
    let broken = AdversarialExample(
      index: 0, label: 0, predictedClean: 0, predicted: 1, clean: image,
      adversarial: image.map { min(1, $0 + 0.3) })
    let withstood = AdversarialExample(
      index: 1, label: 1, predictedClean: 1, predicted: 1, clean: image,
      adversarial: image.map { max(0, $0 - 0.3) })
    try ExampleFile(shape: [1, 28, 28], examples: [0: [broken], 1: [broken, withstood]]).safetensors()
      .write(to: "\(folder)/\(ExampleFile.name)")
  }

  private func writeCertificate() throws {
    var record = EvaluationRecord(
      checkpoint: checkpoint, data: "mnist-5k test", clean: .init(correct: 7, total: 10), attacks: [],
      warnings: [])
    record.brackets = [
      .init(
        norm: "linf", epsilon: 0.05, box: true, method: "crown", certifiedFor: "sums of float32",
        attack: "pgd",
        cleanWrong: 3, broken: 1, certified: 2, undecided: 4, provenBy: ["crown": 2])
    ]
    try ReportFile.write(record, to: "\(directory.evaluation("certify"))/evaluation.json")
  }

  /// The run as a report sees it.
  func reported(name: String) -> ReportedRun {
    var run = ReportedRun(directory, name: name, classes: 3)
    run.threat = ("linf", 0.3)
    run.headline = "cnn-small on mnist-5k"
    run.settings = [("training.steps", "10")]
    run.facts = [("model", "cnn-small")]
    return run
  }
}
