import DataParallel
package import Reports
package import Training

/// How far a training run is, in one line.
package struct TrainingProgress {
  /// Where the run stands.
  package private(set) var position: TrainingPosition
  /// The last validation; nil before the first one.
  package var validation: EvaluationMetrics?
  /// Where the time went since the last epoch that was told.
  package private(set) var phases = PhaseSeconds()

  private var samples = 0
  private var correct = 0
  private var loss = 0.0
  private var steps = 0
  private var seconds = 0.0
  private var validationSeconds = 0.0
  private var validations = 0
  private let everyEpochs: Int

  /// Nothing was done so far.
  ///
  /// - Parameter everyEpochs: The epochs between validations; 0 for none.
  package init(everyEpochs: Int) {
    position = TrainingPosition(step: 0, stepsPerEpoch: 1, epochs: 0)
    self.everyEpochs = everyEpochs
  }

  /// Takes note of a step that was taken.
  package mutating func add(_ outcome: StepOutcome, seconds: Double, at position: TrainingPosition) {
    self.position = position
    phases += PhaseSeconds(outcome, seconds: seconds)
    samples += outcome.batch.samples
    correct += outcome.batch.correct
    loss = outcome.batch.loss / Double(max(outcome.batch.samples, 1))
    steps += 1
    self.seconds += seconds
  }

  /// Takes note of a validation.
  package mutating func add(_ record: EvaluationMetrics) {
    validation = record
    validationSeconds += record.seconds
    validations += 1
  }

  /// Begins to count anew, as at the beginning of an epoch.
  package mutating func beginEpoch() {
    phases = PhaseSeconds()
    (samples, correct) = (0, 0)
  }

  /// The line: epoch and step, the loss of the last batch, accuracies, speed, and where the time goes.
  package var words: String {
    let epoch = min((position.step - 1) / position.stepsPerEpoch + 1, position.epochs)
    var parts = [
      "epoch \(epoch)/\(position.epochs)", "step \(position.step)/\(position.totalSteps)",
      "loss \(fixed(loss, 4))",
    ]
    if samples > 0 { parts.append("training \(fixed(100 * Double(correct) / Double(samples), 1)) %") }
    if let validation {
      parts.append("clean \(fixed(100 * validation.clean.accuracy, 1)) %")
      if let robust = validation.robust { parts.append("robust \(fixed(100 * robust.accuracy, 1)) %") }
    }
    if let samplesPerSecond { parts.append("\(fixed(samplesPerSecond, 0)) samples/s") }
    if let secondsLeft { parts.append("about \(EvaluationProgress.time(secondsLeft)) left") }
    if !phases.shares.isEmpty { parts.append("(\(phases.shares))") }
    return parts.joined(separator: "  ")
  }

  /// The speed since counting began; nil before the first step.
  package var samplesPerSecond: Double? { phases.total > 0 ? Double(samples) / phases.total : nil }

  /// The time until the last validation, if steps and validations go on to take what they took so far.
  ///
  /// Nil before the first step. As long as no validation has been seen, they are taken for nothing.
  package var secondsLeft: Double? {
    guard steps > 0 else { return nil }
    let own = Double(position.totalSteps - position.step) * seconds / Double(steps)
    guard everyEpochs > 0, validations > 0, position.epochs > 0 else { return own }
    let done = position.step / position.stepsPerEpoch
    // The last epoch is always validated.
    let coming = (done + 1..<max(position.epochs + 1, done + 1)).count {
      $0 % everyEpochs == 0 || $0 == position.epochs
    }
    return own + Double(coming) * validationSeconds / Double(validations)
  }
}

extension PhaseSeconds {
  /// The phases of a step on this rank.
  init(_ outcome: StepOutcome, seconds: Double) {
    self.init(
      attack: outcome.attackSeconds, gradient: max(outcome.computeSeconds - outcome.attackSeconds, 0),
      reduction: max(outcome.reduceSeconds - outcome.waitSeconds, 0), waiting: outcome.waitSeconds,
      other: max(seconds - outcome.computeSeconds - outcome.reduceSeconds, 0))
  }
}
