/// How long a rank may go without progress, in seconds.
public struct WatchdogLimits: Equatable, Sendable {
  /// A training step, unless ten times the median step is longer; 0 switches the watchdog off.
  public var step: Double
  /// Everything up to the end of the first step, or of the first micro-batch of an evaluation; 0 for no limit.
  public var startUp: Double
  /// A micro-batch of an evaluation; 0 for no limit.
  public var evaluation: Double
  /// A checkpoint, and the step that follows it; 0 for no limit.
  public var saving: Double

  /// Creates limits.
  public init(step: Double = 30, startUp: Double = 600, evaluation: Double = 300, saving: Double = 300) {
    self.step = step
    self.startUp = startUp
    self.evaluation = evaluation
    self.saving = saving
  }

  /// Which limit holds.
  enum Kind: Int {
    case startUp, step, saving, evaluation, gathering
  }

  /// The key of the limit that was passed, in configurations.
  func key(of kind: Kind) -> String {
    switch kind {
    case .startUp: "watchdog.startUpSeconds"
    case .step: "watchdog.seconds"
    case .saving: "watchdog.savingSeconds"
    case .evaluation, .gathering: "watchdog.evaluationSeconds"
    }
  }
}

/// The median duration of the latest steps.
struct StepMedian {
  private static let capacity = 101
  private var latest: [Double] = []
  private var next = 0
  /// The median; nil before the first step.
  private(set) var value: Double?

  mutating func append(_ seconds: Double) {
    if latest.count < Self.capacity {
      latest.append(seconds)
    } else {
      latest[next] = seconds
      next = (next + 1) % Self.capacity
    }
    value = latest.sorted()[latest.count / 2]
  }
}
