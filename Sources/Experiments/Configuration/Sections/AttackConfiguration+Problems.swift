import Attacks

extension AttackConfiguration {
  /// What is wrong with a key, beside what its type and range say.
  func problems(at path: String, isBinary: Bool, classes: Int) -> [(keyPath: String, message: String)] {
    var problems: [(keyPath: String, message: String)] = []
    if let autoAttack {
      let problem =
        isBinary
        ? "needs a score for each class, and there is a single score" : autoAttack.problem(classes: classes)
      if let problem { problems.append(("\(path).name", "autoattack: \(problem)")) }
    }
    if restarts > 1, !randomStart {
      problems.append(
        ("\(path).restarts", "is \(restarts), but without randomStart every restart is the same attack"))
    }
    if name.isGradientAttack, lossFunction.isBinary != isBinary {
      problems.append((path + ".lossFunction", lossFunction.mismatch(isBinary: isBinary)))
    }
    if name.isGradientAttack, !isBinary, lossFunction == .differenceOfLogitsRatio, classes < 3 {
      problems.append((path + ".lossFunction", lossFunction.lackOfClasses(classes)))
    }
    if name == .apgdLogitRatio, isBinary || classes < 3 {
      problems.append(
        ("\(path).name", "is apgd-dlr, whose loss compares three classes; with \(classes) there is apgd-ce"))
    }
    if name == .apgdTargeted, isBinary || classes < 4 {
      problems.append(
        ("\(path).name", "is apgd-t, whose loss compares four classes; with \(classes) there is apgd-ce"))
    }
    if targeted, isBinary {
      problems.append(("\(path).targeted", "means nothing with two classes: there is one other class only"))
    }
    return problems
  }
}

extension TrainingConfiguration.LossFunction {
  /// Why the loss does not fit the model, in words that follow the key.
  func mismatch(isBinary: Bool) -> String {
    isBinary
      ? "is \(rawValue); model linear-binary has one score, so it has to be hinge or logistic"
      : "is \(rawValue), which is for model linear-binary; "
        + "models with a score per class have cross-entropy, margin and dlr"
  }

  /// Why the loss needs more classes than there are, in words that follow the key.
  func lackOfClasses(_ classes: Int) -> String {
    "is \(rawValue), which compares three classes; with \(classes) there is margin"
  }
}
