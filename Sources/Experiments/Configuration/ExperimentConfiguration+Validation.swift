/// Combinations of settings that cannot work.
extension ExperimentConfiguration {
  /// Checks that the settings go together, for values that were changed after reading.
  ///
  /// - Throws: `ConfigurationError` naming every key that is part of an impossible combination.
  public func validate() throws(ConfigurationError) {
    let problems = ConfigurationProblems(source: .file("configuration \(name)"))
    report(to: problems)
    try problems.finish()
  }

  func report(to problems: ConfigurationProblems) {
    var found: [Problem] =
      data.problems + batch.problems + optimizer.problems + schedule.problems(epochs: epochs)
      + threat.problems
    found += training.problems(epochs: epochs, isBinary: model.isBinary)
    found += attack.problems(training, model)
    found += weightPerturbation.problems(epochs: epochs)
    found += averaging.problems(epochs: epochs)
    found += guards.problems(training, data: data, evaluation: evaluation)
    found += boundProblems
    found += modelProblems + methodProblems + lossProblems + attackProblems
    for (keyPath, message) in found {
      problems.report(keyPath, "\(keyPath) \(message)")
    }
  }

  private typealias Problem = (keyPath: String, message: String)

  private var modelProblems: [Problem] {
    guard model.isBinary, data.classCount != 2 else { return model.problems(data) }
    let message = "linear-binary tells two classes apart; choose them with data.classes, such as [3, 8]"
    return [("model.name", message)]
  }

  private var methodProblems: [Problem] {
    let method = training.method
    var problems: [Problem] = []
    if method == .exact || method == .softMarginSVM, !model.isBinary {
      problems.append(
        (
          "training.method",
          "\(method.rawValue) needs model linear-binary; with \(model.fullName) the worst case of the "
            + "training loss has no closed form"
        ))
    }
    if method == .exact, model.isBinary, threat.norm == .l2, threat.box {
      problems.append(
        (
          "training.method",
          "exact has no closed form for norm l2 inside the pixel box; set threat.box: false"
        ))
    }
    if method == .pgd, training.restarts > 1, !training.randomStart {
      problems.append(
        (
          "training.restarts",
          "is \(training.restarts), but without randomStart every restart is the same attack"
        ))
    }
    return problems
  }

  private var boundProblems: [Problem] {
    let usesBounds = training.method.usesBounds
    guard usesBounds || evaluation.validateBy == .bounds else { return [] }
    let key = usesBounds ? "training.method" : "evaluation.validateBy"
    let name = usesBounds ? training.method.rawValue : "bounds"
    var problems: [Problem] = []
    if threat.norm != .linf {
      problems.append(
        (key, "\(name) needs norm linf, whose balls are intervals of pixels, not \(threat.norm.rawValue)"))
    }
    if model.isBinary, !usesBounds {
      problems.append((key, "\(name) needs a score for each class, and linear-binary has one"))
    }
    return problems
  }

  private var lossProblems: [Problem] {
    let key = "training.lossFunction"
    guard training.lossFunction.isBinary == model.isBinary else {
      // A wrong loss that follows from the method has been reported with the method.
      return training.method.fixesLoss
        ? [] : [(key, training.lossFunction.mismatch(isBinary: model.isBinary))]
    }
    let loss = training.lossFunction
    if loss == .differenceOfLogitsRatio, data.classCount < 3 {
      return [(key, loss.lackOfClasses(data.classCount))]
    }
    guard loss.isForAttacksOnly, !training.method.isGradientAttack else { return [] }
    return [
      (
        key,
        "\(loss.rawValue) is a loss for attacks and does nothing with method \(training.method.rawValue)"
      )
    ]
  }

  private var attackProblems: [Problem] {
    evaluation.attacks.flatMap { keyPath, attack in
      var problems = attack.problems(at: keyPath, isBinary: model.isBinary, classes: data.classCount)
      if attack.name == .exact, !model.name.isLinear {
        problems.append(
          (
            "\(keyPath).name",
            "exact is for linear models (logistic-regression, linear-binary), not \(model.fullName)"
          ))
      }
      return problems
    }
  }
}
