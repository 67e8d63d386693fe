/// The verdicts of all samples under one attack or certificate, counted by class.
public struct VerdictBlock: Sendable, Equatable {
  /// The attack asked for, as `verdicts.jsonl` calls it.
  public let attack: String
  /// The norm of the threat model.
  public let norm: String
  /// The largest norm of a perturbation.
  public let epsilon: Double
  /// By true class and by what the model takes the attacked sample for, the samples; the last column is for outputs
  /// that are not numbers.
  public let confusion: [[Int]]
  /// By class, those that are classified correctly as they are.
  public let clean: [AccuracyCount]
  /// By class, those that are still classified correctly behind the attack.
  public let robust: [AccuracyCount]
  /// By true class and by what a broken sample was taken for, those that the attack broke.
  public let broken: [[Int]]

  /// The number of classes.
  public var classes: Int { clean.count }

  /// Counts verdicts of one attack.
  ///
  /// - Precondition: there is at least one.
  init(_ verdicts: some Collection<SampleVerdict>, classes: Int) {
    let first = verdicts.first
    attack = first?.attack ?? "none"
    norm = first?.norm ?? "none"
    epsilon = first?.epsilon ?? 0
    var confusion = Array(repeating: Array(repeating: 0, count: classes + 1), count: classes)
    var broken = confusion
    var totals = Array(repeating: 0, count: classes)
    var (clean, robust) = (totals, totals)
    for verdict in verdicts {
      let label = verdict.label
      let predicted = (0..<classes).contains(verdict.predicted) ? verdict.predicted : classes
      totals[label] += 1
      confusion[label][predicted] += 1
      if verdict.verdict != .cleanWrong { clean[label] += 1 }
      switch verdict.verdict {
      case .broken: broken[label][predicted] += 1
      case .certified, .undecided: robust[label] += 1
      case .cleanWrong: break
      }
    }
    self.confusion = confusion
    self.broken = broken
    self.clean = zip(clean, totals).map { AccuracyCount(correct: $0, total: $1) }
    self.robust = zip(robust, totals).map { AccuracyCount(correct: $0, total: $1) }
  }

  /// The most frequent ways in which the attack broke samples, at most so many.
  func frequentBreaks(_ count: Int) -> [(label: Int, predicted: Int, count: Int)] {
    let all = broken.enumerated().flatMap { label, row in
      row.prefix(classes).enumerated().compactMap { predicted, count in
        count > 0 ? (label: label, predicted: predicted, count: count) : nil
      }
    }
    return Array(
      all.sorted { ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted) }.prefix(count))
  }

  /// Counts the verdicts of an evaluation, attack by attack in the order of its record.
  ///
  /// - Parameters:
  ///   - verdicts: All lines of `verdicts.jsonl`.
  ///   - total: The samples of each attack.
  ///   - classes: The classes there are at least.
  /// - Returns: Nil where the lines are no whole number of attacks.
  static func all(_ verdicts: [SampleVerdict], total: Int, classes: Int) -> [VerdictBlock]? {
    guard total > 0, verdicts.count % total == 0, verdicts.allSatisfy({ $0.label >= 0 && $0.label < 1000 })
    else { return nil }
    let highest = verdicts.map { max($0.label, $0.predicted) }.max() ?? 0
    guard highest < 1000 else { return nil }
    let classes = max(classes, highest + 1)
    return stride(from: 0, to: verdicts.count, by: total).map {
      VerdictBlock(verdicts[$0..<$0 + total], classes: classes)
    }
  }
}
