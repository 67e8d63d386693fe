import Networks

extension AutoAttack {
  /// The member of a name.
  func member(_ name: String, threat: ThreatModel, classes: Int) -> (any Attack)? {
    let others = classes - 1
    let isPlus = version == .plus
    // As published: in l1 the standard version has more restarts, fewer targets, and begins in larger balls.
    let isLarge = threat.norm == .l1 && version == .standard
    let restarts = isPlus || isLarge ? 5 : 1
    let samples = version == .rand ? 20 : 1
    func descent(
      _ loss: LossFunction, restarts: Int, targetClasses: Int? = nil
    ) -> AutoProjectedGradientDescent {
      var attack = AutoProjectedGradientDescent(
        threat: threat, loss: loss, steps: steps, restarts: restarts, targetClasses: targetClasses,
        gradientSamples: samples)
      attack.shrinksRadius = isLarge
      return attack
    }
    switch name {
    case "apgd-ce":
      return descent(.crossEntropy, restarts: restarts)
    case "apgd-dlr":
      return descent(.differenceOfLogitsRatio, restarts: restarts)
    case "apgd-t":
      return descent(
        .differenceOfLogitsRatio, restarts: 1, targetClasses: min(isLarge ? 5 : 9, others))
    case "fab":
      return FastAdaptiveBoundary(threat: threat, steps: steps, restarts: 5)
    case "fab-t":
      return FastAdaptiveBoundary(threat: threat, steps: steps, restarts: 1, targetClasses: min(9, others))
    case "square":
      return SquareAttack(threat: threat, queries: queries, restarts: 1)
    default:
      return nil
    }
  }
}
