extension ExperimentConfiguration {
  /// The whole configuration as YAML, defaults and step sizes included.
  ///
  /// Keys come in a fixed order, numbers in the shortest form that reads back as the same number: reading the
  /// text again gives an equal value.
  public var resolvedYAML: String { ResolvedValue.section(fields).block() }

  var fields: [ResolvedField] {
    let beginning = [
      ResolvedField("name", .text(name)), ResolvedField("seed", .number(seed)),
      ResolvedField("data", .section(data.fields)), ResolvedField("model", .section(model.fields)),
      ResolvedField("batch", .section(batch.fields)), ResolvedField("epochs", .number(epochs)),
      ResolvedField("optimizer", .section(optimizer.fields)),
      ResolvedField("schedule", .section(schedule.fields)),
      ResolvedField("threat", .section(threat.fields)),
      ResolvedField("training", .section(training.fields)),
    ]
    let wrappers = [
      ("attack", attack.fields), ("weightPerturbation", weightPerturbation.fields),
      ("averaging", averaging.fields),
      ("guards", guards.fields),
    ].filter { !$0.1.isEmpty }.map { ResolvedField($0.0, .section($0.1)) }
    let end = [
      ResolvedField("evaluation", .section(evaluation.fields(usesBounds: training.method.usesBounds))),
      ResolvedField("checkpoint", .section(checkpoint.fields)),
      ResolvedField("watchdog", .section(watchdog.fields)),
    ]
    return beginning + wrappers + end
  }
}
