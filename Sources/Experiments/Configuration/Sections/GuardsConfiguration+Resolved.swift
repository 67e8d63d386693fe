extension GuardsConfiguration {
  /// The guards that are switched on: a run from before there were any is the same run.
  var fields: [ResolvedField] {
    var fields: [ResolvedField] = []
    if catastrophicOverfitting.action != .none {
      fields.append(ResolvedField("catastrophicOverfitting", .section(catastrophicOverfitting.fields)))
    }
    if robustOverfitting.action != .none {
      let own = [
        ResolvedField("action", .choice(robustOverfitting.action)),
        ResolvedField("patience", .number(robustOverfitting.patience)),
      ]
      fields.append(ResolvedField("robustOverfitting", .section(own)))
    }
    if nonFinite.action != .stop {
      fields.append(
        ResolvedField("nonFinite", .section([ResolvedField("action", .choice(nonFinite.action))])))
    }
    if lossSpike.action != .none {
      let own = [
        ResolvedField("action", .choice(lossSpike.action)),
        ResolvedField("factor", .number(lossSpike.factor)),
      ]
      fields.append(ResolvedField("lossSpike", .section(own)))
    }
    if skips || skipLimit != 10 { fields.append(ResolvedField("skipLimit", .number(skipLimit))) }
    return fields
  }

  private var skips: Bool { nonFinite.action == .skip || lossSpike.action == .skip }

  /// What is wrong with a key, beside what its type and range say.
  func problems(
    _ training: TrainingConfiguration, data: DataConfiguration, evaluation: EvaluationConfiguration
  ) -> [(keyPath: String, message: String)] {
    var problems: [(keyPath: String, message: String)] = []
    let held = "measures held-out training samples, and data.validation is 0"
    if catastrophicOverfitting.action != .none {
      let key = "guards.catastrophicOverfitting.action"
      if data.validation == 0 { problems.append((key, held)) }
      if !training.method.isAdversarial {
        problems.append(
          (key, "does nothing with method \(training.method.rawValue), which has no attack steps"))
      } else if catastrophicOverfitting.action == .moreSteps, training.method == .free {
        problems.append((key, "is more-steps, and method free takes one step in each replay"))
      }
    }
    if robustOverfitting.action != .none {
      let key = "guards.robustOverfitting.action"
      if data.validation == 0 { problems.append((key, held)) }
      if evaluation.everyEpochs == 0 {
        problems.append((key, "needs validations while training, and evaluation.everyEpochs is 0"))
      }
    }
    return problems
  }
}

extension GuardsConfiguration.CatastrophicOverfitting {
  fileprivate var fields: [ResolvedField] {
    var fields = [
      ResolvedField("action", .choice(action)), ResolvedField("perEpoch", .number(perEpoch)),
      ResolvedField("samples", .number(samples)), ResolvedField("steps", .number(steps)),
      ResolvedField("gap", .number(gap)),
    ]
    if action == .smallerStep { fields.append(ResolvedField("factor", .number(factor))) }
    if action != .stop { fields.append(ResolvedField("limit", .number(limit))) }
    return fields
  }
}
