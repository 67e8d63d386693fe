import Attacks

/// Signs that a robust accuracy may be too good: that an attack was too weak, or gradients led it nowhere.
///
/// Each is a warning in words, and none is a proof of robustness or of its lack, where the words do not say so. These
/// cost nothing or one pass over the images; what needs further attacks belongs elsewhere. Athalye, Carlini and Wagner,
/// "Obfuscated gradients give a false sense of security", ICML 2018; Carlini et al., "On evaluating adversarial
/// robustness", 2019.
public struct RobustnessWarnings: Sendable {
  /// The share of samples beyond which what a weak attack finds says something of a strong one: 0.2 points.
  private static let threshold = 0.002

  private let results: [AttackResult]
  private let gradients: GradientSurvey?
  /// The values of an image.
  private let imageSize: Int

  /// Looks at the attacks of one evaluation.
  ///
  /// - Parameters:
  ///   - results: What the attacks found, all on the same samples.
  ///   - gradients: The gradients at the clean images; nil where nobody looked.
  ///   - imageSize: The values of an image.
  public init(_ results: [AttackResult], gradients: GradientSurvey?, imageSize: Int) {
    self.results = results
    self.gradients = gradients
    self.imageSize = imageSize
  }

  /// All warnings, a sentence or two each.
  public var all: [String] {
    gradientFaults + results.flatMap(restartsThatGain) + strongWithoutGradients
      + results.flatMap(strongSquare)
      + strongSingleSteps + risingAccuracies + results.flatMap(impossiblyGood)
  }

  // MARK: Gradients

  private var gradientFaults: [String] {
    guard let gradients, gradients.zero + gradients.nonFinite > 0 else { return [] }
    var parts: [String] = []
    if gradients.zero > 0 { parts.append("\(gradients.zero) zero") }
    if gradients.nonFinite > 0 { parts.append("\(gradients.nonFinite) not finite") }
    let share = percent(gradients.zero + gradients.nonFinite, of: gradients.total)
    return [
      "the input gradients of \(gradients.zero + gradients.nonFinite) of \(gradients.total) images (\(share)) lead "
        + "attacks nowhere (\(parts.joined(separator: ", "))): robust accuracy under gradient attacks may be too good "
        + "there; compare with noise or square, and with the margin loss"
    ]
  }

  private func strongSquare(_ result: AttackResult) -> [String] {
    guard result.stages.count > 1 else { return [] }
    return result.stages.indices.compactMap { index in
      let stage = result.stages[index]
      guard !stage.attack.usesGradients, result.stages[..<index].contains(where: \.attack.usesGradients),
        exceeds(stage.broken, of: result.total)
      else { return nil }
      return
        "\(stage.attack.name), which uses no gradients, broke \(samples(stage.broken, of: result.total)) that the "
        + "gradient attacks before it left (\(result.attack.label)): gradients may be masked, and a longer attack "
        + "would probably find more"
    }
  }

  /// Independent attacks without gradients against all with gradients within the same threat model.
  private var strongWithoutGradients: [String] {
    results.compactMap { weak in
      guard weak.stages.count == 1, !weak.attack.usesGradients else { return nil }
      let others = results.filter { $0.attack.usesGradients && $0.attack.threat == weak.attack.threat }
      guard !others.isEmpty else { return nil }
      let alone = weak.broken.indices.count { place in
        weak.broken[place] && !others.contains { $0.broken[place] }
      }
      guard exceeds(alone, of: weak.total) else { return nil }
      return
        "\(weak.attack.label), which uses no gradients, broke \(samples(alone, of: weak.total)) that no gradient "
        + "attack broke: gradients may be masked, and robust accuracy under them too good"
    }
  }

  private var strongSingleSteps: [String] {
    results.flatMap { single in
      results.compactMap { iterated in
        guard single.attack.name.hasPrefix("fgsm"), iterated.attack.name == "pgd",
          single.attack.threat == iterated.attack.threat, single.correct < iterated.correct
        else { return nil }
        return
          "one step is stronger than many: \(single.correct) samples withstand \(single.attack.label), and "
          + "\(iterated.correct) withstand \(iterated.attack.label); gradients may be masked, or the step size wrong"
      }
    }
  }

  // MARK: Strength

  private func restartsThatGain(_ result: AttackResult) -> [String] {
    result.stages.compactMap { stage in
      guard stage.attack.restartsAreRepeats, stage.gains.count > 1, let last = stage.gains.last,
        exceeds(last, of: result.total)
      else { return nil }
      return "the last of \(stage.gains.count) restarts of \(stage.attack.label) still broke "
        + "\(samples(last, of: result.total)): more restarts would find more"
    }
  }

  private var risingAccuracies: [String] {
    var found: [String] = []
    for (index, result) in results.enumerated() {
      // The next larger radius of the same attack, which differs in nothing but what goes with the radius.
      let larger = results.enumerated().filter { other, candidate in
        other != index && candidate.attack.isAlike(result.attack)
          && candidate.attack.threat.epsilon > result.attack.threat.epsilon
      }.map(\.element).min { $0.attack.threat.epsilon < $1.attack.threat.epsilon }
      guard let larger, larger.correct > result.correct else { continue }
      found.append(
        "accuracy rises with epsilon: \(result.correct) samples withstand \(result.attack.label), and "
          + "\(larger.correct) withstand \(larger.attack.label), whose ball is larger; the attack at the larger "
          + "radius is too weak")
    }
    return found
  }

  /// In a ball that reaches the gray image from everywhere, no classifier is right on more than one class.
  private func impossiblyGood(_ result: AttackResult) -> [String] {
    let threat = result.attack.threat
    let reach: Double =
      switch threat.norm {
      case .linf: 0.5
      case .l2: 0.5 * Double(imageSize).squareRoot()
      case .l1: 0.5 * Double(imageSize)
      }
    guard threat.box, Double(threat.epsilon) >= reach else { return [] }
    let classes = Dictionary(grouping: result.clean.labels) { $0 }
    let largest = classes.values.map(\.count).max() ?? 0
    guard result.correct > largest else { return [] }
    return [
      "\(result.correct) of \(result.total) samples withstand \(result.attack.label), though that ball holds one and the "
        + "same gray image for all of them: at most \(largest) can be robust, so the attack is too weak"
    ]
  }

  // MARK: Words

  private func exceeds(_ count: Int, of total: Int) -> Bool { Double(count) > Self.threshold * Double(total) }

  private func samples(_ count: Int, of total: Int) -> String {
    "\(count) of \(total) samples (\(percent(count, of: total)))"
  }

  /// A share in percent with two decimals at most.
  private func percent(_ count: Int, of total: Int) -> String {
    guard total > 0 else { return "0 %" }
    return "\((10_000 * Double(count) / Double(total)).rounded() / 100) %"
  }
}

extension Attack {
  /// Whether another attack differs in nothing but the radius and what goes with it.
  fileprivate func isAlike(_ other: any Attack) -> Bool {
    let descents = (self as? ProjectedGradientDescent, other as? ProjectedGradientDescent)
    return name == other.name && restarts == other.restarts && forwardPasses == other.forwardPasses
      && stages.map(\.name) == other.stages.map(\.name) && threat.norm == other.threat.norm
      && threat.box == other.threat.box && descents.0?.loss == descents.1?.loss
      && descents.0?.target == descents.1?.target
  }
}
