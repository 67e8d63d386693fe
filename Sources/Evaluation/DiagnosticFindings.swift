package import Attacks

/// What extra runs on some samples tell of whether attacks on a model can be trusted.
///
/// The signs of masked gradients of Athalye, Carlini and Wagner, "Obfuscated gradients give a false sense of
/// security", ICML 2018, and Carlini et al., "On evaluating adversarial robustness", 2019.
public struct DiagnosticFindings: Equatable, Sendable {
  /// The losses of a gradient attack after a number of steps of one length.
  package struct Losses: Equatable, Sendable {
    package let steps: Int
    /// Over the samples that the model has right.
    package let mean: Double
    /// The samples whose loss is above that at their clean image.
    package let risen: Int

    package init(steps: Int, mean: Double, risen: Int) {
      self.steps = steps
      self.mean = mean
      self.risen = risen
    }
  }

  /// The samples that withstand a gradient attack in one ball.
  package struct Radius: Equatable, Sendable {
    package let epsilon: Float
    package let correct: Int

    package init(epsilon: Float, correct: Int) {
      self.epsilon = epsilon
      self.correct = correct
    }
  }

  /// What examples made on another model do.
  package struct Transfer: Equatable, Sendable {
    package let source: String
    /// The samples that they break.
    package let broken: Int
    /// Those of them that the attack on the model itself did not.
    package let alone: Int

    package init(source: String, broken: Int, alone: Int) {
      self.source = source
      self.broken = broken
      self.alone = alone
    }
  }

  /// The threat that was looked at.
  package var threat: ThreatModel
  /// The samples that were looked at, and those of them that the model has right.
  package var total: Int
  package var correct: Int
  /// By number of steps, the first of them 0.
  package var losses: [Losses] = []
  /// By radius; the last ball holds the whole box.
  package var radii: [Radius] = []
  /// The samples that withstand one step, many steps, and noise besides.
  package var singleStep = 0
  package var manySteps = 0
  /// The samples that noise breaks and many steps do not.
  package var noiseAlone = 0
  /// The samples whose outputs differ when they are computed again.
  package var random = 0
  /// Nil where there is no other model.
  package var transfer: Transfer?

  package init(threat: ThreatModel, total: Int, correct: Int) {
    self.threat = threat
    self.total = total
    self.correct = correct
    (singleStep, manySteps) = (correct, correct)
  }

  // MARK: Words

  /// The share of the samples beyond which a finding is no accident.
  private static let threshold = 0.02

  /// All warnings, a sentence or two each.
  public var warnings: [String] {
    guard correct > 0 else { return [] }
    let found = [outputs, stuckLoss, fallingLoss, remaining, rising, single, noise, transferred].compactMap {
      $0
    }
    return found.map { "diagnostics on the first \(total) samples, \(threat.norm.rawValue): \($0)" }
  }

  private func isMany(_ count: Int) -> Bool { Double(count) > Self.threshold * Double(correct) }

  private var outputs: String? {
    guard random > 0 else { return nil }
    return
      "the outputs of \(random) images differ from one pass to the next: attacks on a randomised model need "
      + "averaged gradients (autoattack's version rand), and verdicts are of one draw"
  }

  private var stuckLoss: String? {
    guard let last = losses.last, losses.count > 1, isMany(correct - last.risen) else { return nil }
    return
      "the loss of \(correct - last.risen) of \(correct) samples is no higher after \(last.steps) gradient steps "
      + "than at the clean image: gradients may be masked, and robust accuracy under gradient attacks too good"
  }

  private var fallingLoss: String? {
    for (fewer, more) in zip(losses, losses.dropFirst()) where !(more.mean >= 0.98 * fewer.mean) {
      return
        "the mean loss falls from \(fewer.mean) after \(fewer.steps) gradient steps to \(more.mean) after "
        + "\(more.steps): more steps should not be weaker; gradients may be masked, or steps too long"
    }
    return nil
  }

  private var remaining: String? {
    guard let last = radii.last, isMany(last.correct) else { return nil }
    return
      "\(last.correct) of \(correct) samples withstand pgd at epsilon \(last.epsilon), a ball that holds every image "
      + "there is: a working attack leaves none, so gradients may be masked"
  }

  private var rising: String? {
    for (smaller, larger) in zip(radii, radii.dropFirst()) where isMany(larger.correct - smaller.correct) {
      return
        "\(smaller.correct) samples withstand pgd at epsilon \(smaller.epsilon), and \(larger.correct) at "
        + "\(larger.epsilon): accuracy should not rise with epsilon; the attack is too weak there"
    }
    return nil
  }

  private var single: String? {
    guard isMany(manySteps - singleStep) else { return nil }
    return
      "one step is stronger than many: \(singleStep) samples withstand fgsm, and \(manySteps) withstand pgd; "
      + "gradients may be masked"
  }

  private var noise: String? {
    guard isMany(noiseAlone) else { return nil }
    return "noise breaks \(noiseAlone) of \(correct) samples that pgd does not: gradients may be masked"
  }

  private var transferred: String? {
    guard let transfer, isMany(transfer.alone) || transfer.broken > correct - manySteps else { return nil }
    return
      "examples made on \(transfer.source) break \(transfer.broken) samples, \(transfer.alone) of which withstand "
      + "pgd on the model itself, which breaks \(correct - manySteps): an attack that knows the model should be the "
      + "stronger one; gradients may be masked"
  }
}
