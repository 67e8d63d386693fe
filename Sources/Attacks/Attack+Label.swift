import Networks

extension Attack {
  /// The attack in words that say how strong it is: "PGD-20" alone says little.
  ///
  /// Such as `pgd-20 (linf, epsilon 0.3, step 0.0375, 1 restart)`.
  public var label: String {
    var parts = ["\(threat.norm.rawValue)", "epsilon \(threat.epsilon)"]
    var name = name
    if let descent = self as? ProjectedGradientDescent {
      if descent.name == "pgd" { name += "-\(descent.steps)" }
      parts.append("step \(descent.stepSize)")
      if !descent.randomStart { parts.append("from the clean image") }
      if descent.loss != .crossEntropy { parts.append("\(descent.loss.rawValue) loss") }
      if descent.target != nil { parts.append("targeted") }
    }
    var runs = restarts
    if let descent = self as? AutoProjectedGradientDescent {
      parts.append("\(descent.steps) steps")
      if let targets = descent.targetClasses {
        parts.append(targets == 1 ? "1 target" : "\(targets) targets")
      }
      runs = descent.restartsPerTarget
    }
    parts.append(runs == 1 ? "1 restart" : "\(runs) restarts")
    if !threat.box { parts.append("no box") }
    return "\(name) (\(parts.joined(separator: ", ")))"
  }
}
