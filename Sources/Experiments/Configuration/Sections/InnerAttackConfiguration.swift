import Networks

/// How the model behaves while training attacks it, where that is not what `training.attackMode` says (section
/// `attack`).
public struct InnerAttackConfiguration: Codable, Equatable, Sendable {
  /// The statistics that batch normalization uses: running ones for `evaluation`, the micro-batch's for `training`; nil
  /// for those that go with `training.attackMode`.
  public var batchNormalization: TrainingConfiguration.AttackMode?

  init(reading reader: ConfigurationReader) {
    let chosen = reader.choice(
      "batchNormalization", default: TrainingConfiguration.AttackMode.evaluation,
      "The statistics that batch normalization uses while attacking: running ones, or the micro-batch's; those that go "
        + "with training.attackMode if left out.")
    batchNormalization = reader.contains("batchNormalization") ? chosen : nil
    reader.finish()
  }

  /// Nothing where it is left out: a run from before it existed is the same run.
  var fields: [ResolvedField] {
    batchNormalization.map { [ResolvedField("batchNormalization", .choice($0))] } ?? []
  }

  /// The statistics; nil for those that go with `training.attackMode`.
  var statistics: ForwardMode.Statistics? { batchNormalization.map { $0 == .training ? .batch : .running } }

  /// What is wrong with a key, beside what its type and range say.
  func problems(
    _ training: TrainingConfiguration, _ model: ModelConfiguration
  ) -> [(keyPath: String, message: String)] {
    guard batchNormalization != nil else { return [] }
    let key = "attack.batchNormalization"
    if !model.hasBatchNormalization {
      return [(key, "does nothing with model \(model.fullName), which has no batch normalization")]
    }
    guard training.method.isGradientAttack || training.method.isPaired else {
      return [(key, "does nothing with method \(training.method.rawValue), which has no attack of its own")]
    }
    return []
  }
}
