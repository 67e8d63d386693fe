/// All that a run is: what is trained on what, against whom, and how it is measured.
///
/// A value read from YAML is complete and consistent: whatever was left out has its default, and combinations
/// that cannot work have been refused. Settings that the chosen method, model, optimizer or schedule does not
/// have hold neutral values and are not written out.
public struct ExperimentConfiguration: Codable, Equatable, Sendable {
  /// The name of the run and of its folder.
  public var name: String
  /// What every random number of the run is derived from.
  public var seed: UInt64
  /// Which images.
  public var data: DataConfiguration
  /// Which network.
  public var model: ModelConfiguration
  /// The global batch and its micro-batches.
  public var batch: BatchConfiguration
  /// How often every training sample is seen.
  public var epochs: Int
  /// How gradients change the weights.
  public var optimizer: OptimizerConfiguration
  /// The learning rate over the run.
  public var schedule: ScheduleConfiguration
  /// What an adversary may do.
  public var threat: ThreatConfiguration
  /// What the weights are fitted to.
  public var training: TrainingConfiguration
  /// How the model behaves while training attacks it.
  public var attack: InnerAttackConfiguration
  /// Whether weights are perturbed on top of the method.
  public var weightPerturbation: WeightPerturbationConfiguration
  /// Which average of the weights is evaluated in their place.
  public var averaging: AveragingConfiguration
  /// What watches over the run.
  public var guards: GuardsConfiguration
  /// When and how robustness is measured.
  public var evaluation: EvaluationConfiguration
  /// When checkpoints are written.
  public var checkpoint: CheckpointConfiguration
  /// When a run is given up because nothing moves.
  public var watchdog: WatchdogConfiguration

  init(reading reader: ConfigurationReader, defaultName: String) {
    name = reader.text(
      "name", type: "a folder's name of letters, digits, dots, hyphens and underscores",
      pattern: "[A-Za-z0-9][-._A-Za-z0-9]{0,99}", default: defaultName,
      "The name of the run and of its folder; the file's name if left out.",
      accepts: Self.isValidName)
    seed = reader.integer(
      "seed", default: 1, in: 0...UInt64.max, "What every random number of the run is derived from.")
    data = DataConfiguration(reading: reader.section("data", "Which images."))
    model = ModelConfiguration(reading: reader.section("model", "Which network."))
    batch = BatchConfiguration(
      reading: reader.section("batch", "The global batch and its micro-batches."), model: model)
    epochs = reader.integer(
      "epochs", default: 10, in: 1...1_000_000, "How often every training sample is seen.")
    optimizer = OptimizerConfiguration(
      reading: reader.section("optimizer", "How gradients change the weights."))
    schedule = ScheduleConfiguration(
      reading: reader.section("schedule", "The learning rate over the run."), optimizer: optimizer.name)
    threat = ThreatConfiguration(
      reading: reader.section("threat", "What an adversary may do."), data: data.name)
    training = TrainingConfiguration(
      reading: reader.section("training", "What the weights are fitted to."), model: model,
      epsilon: threat.epsilon, epochs: epochs)
    attack = InnerAttackConfiguration(
      reading: reader.section("attack", "How the model behaves while training attacks it."))
    weightPerturbation = WeightPerturbationConfiguration(
      reading: reader.section("weightPerturbation", "Whether weights are perturbed on top of the method."))
    averaging = AveragingConfiguration(
      reading: reader.section("averaging", "Which average of the weights is evaluated in their place."))
    guards = GuardsConfiguration(reading: reader.section("guards", "What watches over the run."))
    evaluation = EvaluationConfiguration(
      reading: reader.section("evaluation", "When and how robustness is measured."),
      epsilon: threat.epsilon, isBinary: model.isBinary, usesBounds: training.method.usesBounds)
    checkpoint = CheckpointConfiguration(
      reading: reader.section("checkpoint", "When checkpoints are written."))
    watchdog = WatchdogConfiguration(
      reading: reader.section("watchdog", "When a run is given up because nothing moves."))
    reader.finish()
  }

  /// Whether `text` can be the name of a folder everywhere.
  static func isValidName(_ text: String) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter || first.isNumber else { return false }
    return text.utf8.count <= 100 && text.allSatisfy { $0.isWordCharacter || $0 == "." }
  }
}
