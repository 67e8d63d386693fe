/// When Auto-PGD looks back and adapts its steps.
///
/// The first period is 22 % of all steps; each following is 3 % of them shorter, down to 6 %. In an l1 ball all
/// periods are 4 % of the steps.
struct AutoDescentSchedule {
  /// The steps until the next checkpoint.
  private(set) var period: Int
  private let decrease: Int
  private let shortest: Int
  private var sinceCheckpoint = 0

  init(steps: Int, norm: Norm) {
    let percent = { (share: Int) in max(steps * share / 100, 1) }
    period = percent(norm == .l1 ? 4 : 22)
    shortest = percent(norm == .l1 ? 4 : 6)
    decrease = percent(3)
  }

  /// Counts a step; gives the length of the period where one ends with it.
  mutating func finishStep() -> Int? {
    sinceCheckpoint += 1
    if sinceCheckpoint < period { return nil }
    let length = period
    period = max(period - decrease, shortest)
    sinceCheckpoint = 0
    return length
  }

  /// The steps that end with a checkpoint, counted from 1.
  static func checkpoints(steps: Int, norm: Norm) -> [Int] {
    var schedule = AutoDescentSchedule(steps: steps, norm: norm)
    return (1...max(steps, 1)).filter { _ in schedule.finishStep() != nil }
  }
}

/// A part of a run of Auto-PGD, with a ball of its own.
struct AutoDescentStage: Equatable {
  /// The radius of the ball.
  let radius: Float
  /// The steps in it.
  let steps: Int

  /// The stages of a run: one, or for l1 three of falling radius (Croce and Hein 2021).
  ///
  /// In an l1 ball gradients say little about far points, and a search that comes from outside ends better.
  static func all(threat: ThreatModel, steps: Int, shrinking: Bool) -> [AutoDescentStage] {
    guard shrinking else { return [AutoDescentStage(radius: threat.epsilon, steps: steps)] }
    let first = (3 * steps + 9) / 10
    let second = min(first, steps - first)
    return [
      AutoDescentStage(radius: 3 * threat.epsilon, steps: first),
      AutoDescentStage(radius: 2 * threat.epsilon, steps: second),
      AutoDescentStage(radius: threat.epsilon, steps: steps - first - second),
    ]
  }
}
