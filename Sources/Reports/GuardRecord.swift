/// A guard that stepped in while training.
public struct GuardRecord: MetricsRecord, Equatable {
  /// Lines of guards.
  public static let event = MetricsEvent.intervention
  /// The step it stepped in behind.
  public var step: Int
  /// Which guard: catastrophic-overfitting, robust-overfitting, non-finite or loss-spike.
  public var guardName: String
  /// What happened and what was done.
  public var message: String
  /// Held-out samples right under one step of an attack, under many, and all of them; nil where none were measured.
  public var probe: Probe?
  /// The step whose weights training went back to; nil where it did not.
  public var goodStep: Int?
  /// What the attack's step size is multiplied with from now on.
  public var stepSizeFactor: Double
  /// What the attack's number of steps is multiplied with from now on.
  public var stepsFactor: Int

  /// Exact counts of a measurement.
  public struct Probe: Codable, Equatable, Sendable {
    /// Right under the fast gradient sign method.
    public var singleStep: Int
    /// Right under projected gradient descent.
    public var multiStep: Int
    /// All samples.
    public var total: Int

    /// Creates counts.
    public init(singleStep: Int, multiStep: Int, total: Int) {
      self.singleStep = singleStep
      self.multiStep = multiStep
      self.total = total
    }
  }

  enum CodingKeys: String, CodingKey {
    case guardName = "guard"
    case step, message, probe, goodStep, stepSizeFactor, stepsFactor
  }

  /// Creates the record of an intervention.
  public init(
    step: Int, guardName: String, message: String, probe: Probe?, goodStep: Int?, stepSizeFactor: Double,
    stepsFactor: Int
  ) {
    self.step = step
    self.guardName = guardName
    self.message = message
    self.probe = probe
    self.goodStep = goodStep
    self.stepSizeFactor = stepSizeFactor
    self.stepsFactor = stepsFactor
  }
}
