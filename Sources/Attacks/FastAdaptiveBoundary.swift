public import Networks
import Tensors

/// The fast adaptive boundary attack, FAB (Croce and Hein, "Minimally distorted adversarial examples with a fast
/// adaptive boundary attack", 2020).
///
/// Each step linearises the boundary to another class at the iterate x1, projects x1 and the clean image x0 on that
/// plane within the box (steps d1 and d2), and goes to
///
///     (1 - alpha) (x1 + eta d1) + alpha (x0 + eta d2),   alpha = min(|d1| / (|d1| + |d2|), 0.1),  eta = 1.05
///
/// A misclassified iterate is pulled back to x0 + 0.9 (x1 - x0), so that the search stays near the boundary. It looks
/// for the least perturbation; the sample is broken when one is found that the threat allows, and the search for
/// that sample ends there.
///
/// Without target classes the plane is that of the nearest linearised boundary, at a backward pass for each other
/// class (`fab`). With them every run aims at one class, at one backward pass a step (`fab-t`): restart number r aims
/// at the class of rank r / restarts among the other classes by the logits of the clean image, as AutoAttack does.
/// The first run for a class starts at the clean image, later ones at distance epsilon / 2 in a random direction.
///
/// Leaves the example that breaks a sample in `model.images`, or the clean image where none was found.
public struct FastAdaptiveBoundary: Attack {
  /// The set that the adversarial examples stay in; its radius also sets how far off random starts are.
  public var threat: ThreatModel
  /// The steps of a run.
  public var steps: Int
  /// The independent runs for a target class, or altogether where there are none.
  public var runs: Int
  /// How many of the other classes are aimed at, the likeliest first; nil for the nearest at every step.
  ///
  /// Runs for classes that do not exist find nothing.
  public var targetClasses: Int?

  /// The largest share of the clean image's projection in a step.
  static let largestShare = 0.1
  /// How far beyond the linearised boundary a step goes.
  static let overshoot: Float = 1.05
  /// What is kept of a misclassified iterate's distance.
  static let backwardStep: Float = 0.9

  /// Creates an attack.
  ///
  /// - Parameters:
  ///   - threat: The set that the adversarial examples stay in.
  ///   - steps: The steps of a run.
  ///   - restarts: The runs for a target class, or altogether where there are none.
  ///   - targetClasses: How many of the other classes are aimed at; nil for the untargeted attack.
  public init(threat: ThreatModel, steps: Int = 100, restarts: Int = 1, targetClasses: Int? = nil) {
    precondition(steps > 0 && restarts > 0 && targetClasses ?? 1 > 0, "an attack that does nothing")
    self.threat = threat
    self.steps = steps
    runs = restarts
    self.targetClasses = targetClasses
  }

  /// The name in configurations and results: `fab`, or `fab-t` with target classes.
  public var name: String { targetClasses == nil ? "fab" : "fab-t" }
  /// The number of runs, those for all target classes together.
  public var restarts: Int { runs * (targetClasses ?? 1) }
  /// At most two a step, one at the clean image and one at a random start.
  public var forwardPasses: Int { 2 * steps + 2 }

  /// Runs for several classes differ in what they aim at.
  public var restartsAreRepeats: Bool { targetClasses == nil }

  /// A sample that is broken needs no further steps.
  public var restsRows: Bool { true }

  /// Runs restart number `restart`, leaving adversarial examples in `model.images`.
  public func run(
    _ batch: AttackBatch, on model: any DifferentiableClassifier, restart: Int, _ context: AttackContext
  ) throws {
    let search = BoundarySearch(threat, batch, model)
    var pass = 0
    func forward() throws {
      try model.forward(context.mode(pass: pass))
      pass += 1
    }
    model.images.update(from: batch.images.pointer, count: batch.images.count)
    try forward()
    search.begin(targetRank: targetClasses.map { _ in restart / runs })
    var isOutdated = false
    if restart % runs > 0 {
      search.moveToRandomStart(context, restart: restart)
      isOutdated = true
    }
    for _ in 0..<steps where search.isUnfinished {
      if isOutdated { try forward() }
      try search.linearise()
      search.step()
      // The outputs serve the next step too where no iterate is pulled back.
      try forward()
      isOutdated = search.check()
    }
    search.finish()
  }
}
