/// What watches over a training run, and what happens when it goes wrong.
///
/// All decisions follow from counts and sums that are the same on all ranks, and so are taken by all of them together.
public struct TrainingGuards: Equatable, Sendable {
  /// What is done about a step that cannot be taken.
  public enum Reaction: String, Sendable {
    /// The run ends with an error.
    case stop
    /// The step is left out on all ranks.
    case skip
  }

  /// Watches for catastrophic overfitting: single-step accuracy rises while multi-step accuracy collapses.
  ///
  /// Seen by Wong, Rice and Kolter (2020).
  public struct CatastrophicOverfitting: Equatable, Sendable {
    /// What is done behind the return to the last good state.
    public enum Remedy: Equatable, Sendable {
      /// Training ends there.
      case stop
      /// Training goes on with the step size times this factor.
      case smallerStep(factor: Double)
      /// Training goes on with twice the steps.
      case moreSteps
    }

    /// What is done.
    public var remedy: Remedy
    /// How often in an epoch accuracies are measured.
    public var probesPerEpoch: Int
    /// The difference of the two accuracies above which the state counts as overfitted.
    public var gap: Double
    /// The returns to the last good state before training ends there.
    public var limit: Int

    /// Creates a guard.
    public init(remedy: Remedy, probesPerEpoch: Int, gap: Double, limit: Int) {
      self.remedy = remedy
      self.probesPerEpoch = probesPerEpoch
      self.gap = gap
      self.limit = limit
    }

    /// Whether accuracies are measured behind a step.
    func isDue(at position: TrainingPosition) -> Bool {
      let interval = max(1, position.stepsPerEpoch / probesPerEpoch)
      return position.step > 0 && (position.batchInEpoch % interval == 0 || position.isAtEnd)
    }
  }

  /// Watches for losses far above the running mean.
  public struct LossSpike: Equatable, Sendable {
    /// The multiple of the running mean that counts as a spike.
    public var factor: Double
    /// What is done.
    public var reaction: Reaction

    /// Creates a guard.
    public init(factor: Double, reaction: Reaction) {
      self.factor = factor
      self.reaction = reaction
    }
  }

  /// The watch for catastrophic overfitting; nil for none.
  public var catastrophicOverfitting: CatastrophicOverfitting?
  /// The validations in a row without a better robust accuracy after which training ends; nil for no end.
  ///
  /// Robust overfitting: Rice, Wong and Kolter (2020).
  public var patience: Int?
  /// What is done about losses and gradients that are not finite.
  public var nonFinite = Reaction.stop
  /// The watch for loss spikes; nil for none.
  public var lossSpike: LossSpike?
  /// The steps in a row that may be skipped.
  public var skipLimit = 10

  /// Creates guards that only end a run whose loss is not finite.
  public init() {}
}

/// How many held-out samples withstand one step of an attack, and many.
public struct OverfittingProbe: Equatable, Sendable {
  /// The samples classified correctly under the fast gradient sign method.
  public var singleStep: Int
  /// The samples classified correctly under projected gradient descent.
  public var multiStep: Int
  /// The samples measured.
  public var total: Int

  /// Creates a result.
  public init(singleStep: Int, multiStep: Int, total: Int) {
    self.singleStep = singleStep
    self.multiStep = multiStep
    self.total = total
  }

  /// The accuracy that more steps take away.
  public var gap: Double { Double(singleStep - multiStep) / Double(max(total, 1)) }
}
