/// The learning rate over the run (section `schedule`).
public struct ScheduleConfiguration: Codable, Equatable, Sendable {
  /// The schedules there are; all change the rate at every step.
  public enum Name: String, Codable, ConfigurationChoice {
    /// The same rate throughout.
    case constant
    /// The rate is multiplied by a factor at each milestone.
    case piecewise
    /// Linear from 0 to the peak and back to 0 (Smith 2017, as Wong et al. 2020 use it).
    case cyclic
    /// Half a cosine down to a minimum (Loshchilov & Hutter 2017, without restarts).
    case cosine
  }

  /// The schedule.
  public var name: Name
  /// The rate to start from; for `cyclic` the highest one, which is written `peak`.
  public var learningRate: Double
  /// Where `cyclic` peaks, as a fraction of the run's steps.
  public var peakAt: Double
  /// The epochs at which `piecewise` multiplies the rate; they may be fractions of an epoch.
  public var milestones: [Double]
  /// What `piecewise` multiplies by.
  public var factor: Double
  /// The rate that `cosine` ends at.
  public var minimum: Double
  /// The epochs over which the rate first rises linearly from 0, not for `cyclic`.
  public var warmup: Double

  init(reading reader: ConfigurationReader, optimizer: OptimizerConfiguration.Name) {
    let name = reader.select("name", default: Name.cyclic, "The course of the learning rate.")
    let isCyclic = name == .cyclic
    // Adam's steps hardly depend on the size of the gradient, so it alone has rates that suit most networks.
    let rate: (String, Double, Bool, String) -> Double = { key, standard, isUsed, documentation in
      optimizer == .sgd
        ? reader.requiredNumber(
          key, .positive, because: "with optimizer sgd", if: isUsed, otherwise: standard, documentation)
        : reader.number(key, default: standard, .positive, if: isUsed, documentation)
    }
    let peak = rate("peak", 5e-3, isCyclic, "The highest learning rate of the cycle.")
    let start = rate("learningRate", 1e-3, !isCyclic, "The learning rate at the start, after any warm-up.")
    learningRate = isCyclic ? peak : start
    peakAt = reader.number(
      "peakAt", default: 0.4, .insideUnit, if: isCyclic, "Where the cycle peaks, as a fraction of the run.")
    if name == .piecewise, !reader.contains("milestones") {
      reader.report("milestones", "has to be given with schedule piecewise, such as [50, 75]")
    }
    milestones =
      reader.numbers(
        "milestones", .positive, count: 1...1000, if: name == .piecewise,
        "The epochs at which the rate is multiplied by the factor, ascending.") ?? []
    factor = reader.number(
      "factor", default: 0.1, .positive, if: name == .piecewise, "What the rate is multiplied by.")
    minimum = reader.number(
      "minimum", default: 0, .nonNegative, if: name == .cosine, "The rate at the end of the run.")
    warmup = reader.number(
      "warmup", default: 0, .nonNegative, if: !isCyclic, "Epochs over which the rate rises from 0.")
    self.name = name
    reader.finish()
  }

  var fields: [ResolvedField] {
    let rate = ResolvedField(name == .cyclic ? "peak" : "learningRate", .number(learningRate))
    let warmup = ResolvedField("warmup", .number(warmup))
    let own =
      switch name {
      case .constant: [warmup]
      case .piecewise:
        [
          ResolvedField("milestones", .list(milestones.map { .number($0) })),
          ResolvedField("factor", .number(factor)), warmup,
        ]
      case .cyclic: [ResolvedField("peakAt", .number(peakAt))]
      case .cosine: [ResolvedField("minimum", .number(minimum)), warmup]
      }
    return [ResolvedField("name", .choice(name)), rate] + own
  }

  /// What is wrong with a key, beside what its type and range say.
  func problems(epochs: Int) -> [(keyPath: String, message: String)] {
    var problems: [(keyPath: String, message: String)] = []
    if !zip(milestones, milestones.dropFirst()).allSatisfy({ $0 < $1 }) {
      problems.append(("schedule.milestones", "have to be ascending"))
    }
    if let late = milestones.first(where: { $0 >= Double(epochs) }) {
      let text = ConfigurationNumber.text(late)
      problems.append(
        ("schedule.milestones", "has \(text), which does nothing in a run of \(epochs) epochs"))
    }
    if warmup >= Double(epochs) {
      let text = ConfigurationNumber.text(warmup)
      problems.append(("schedule.warmup", "of \(text) epochs does not end before the run of \(epochs)"))
    }
    if minimum > learningRate {
      problems.append(("schedule.minimum", "is above schedule.learningRate"))
    }
    return problems
  }
}
