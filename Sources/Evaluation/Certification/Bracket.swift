public import Attacks

/// A sample of which two methods say what cannot both be: an error of the program.
public struct BracketContradiction: Error, Equatable, CustomStringConvertible {
  /// The index of the sample in its data set.
  public let sample: Int
  /// What proved it.
  public let certifiedBy: String
  /// What broke it.
  public let brokenBy: String

  /// A sentence.
  public var description: String {
    "internal error: sample \(sample) is certified by \(certifiedBy) and broken by \(brokenBy) under the same threat "
      + "model; one of the two is wrong, so no number of this evaluation can be trusted"
  }
}

/// Robust accuracy between two bounds: what certificates prove from below, and what attacks leave from above.
public struct Bracket: Sendable {
  /// What became of a sample.
  public enum Outcome: Equatable, Sendable {
    /// Misclassified as it is.
    case cleanWrong(predicted: Int)
    /// Misclassified for an allowed perturbation.
    case broken(predicted: Int, by: String)
    /// Classified correctly for all allowed perturbations.
    case certified(by: String)
    /// Neither.
    case undecided
  }

  /// A perturbation that was found.
  public struct Break: Equatable, Sendable {
    /// The class it leads to.
    public let predicted: Int
    /// The attack.
    public let by: String

    /// Creates a break.
    public init(predicted: Int, by: String) {
      self.predicted = predicted
      self.by = by
    }
  }

  /// The set that all of it is about.
  public let threat: ThreatModel
  /// By sample, what became of it.
  public let outcomes: [Outcome]

  /// Puts certificates and breaks together.
  ///
  /// - Parameters:
  ///   - result: What was proven of each sample.
  ///   - breaks: By sample, what an attack found; nil where none did.
  /// - Throws: ``BracketContradiction`` for the first sample that is both proven and broken.
  public init(_ result: CertificateResult, breaks: [Break?]) throws(BracketContradiction) {
    let clean = result.clean
    precondition(breaks.count == clean.total && result.findings.count == clean.total, "samples are missing")
    threat = result.threat
    var outcomes: [Outcome] = []
    for (place, finding) in result.findings.enumerated() {
      if clean.predictions[place] != clean.labels[place] {
        outcomes.append(.cleanWrong(predicted: clean.predictions[place]))
        continue
      }
      switch (finding, breaks[place]) {
      case (.proven(let method), let found?):
        throw BracketContradiction(
          sample: clean.sourceIndices[place], certifiedBy: method, brokenBy: found.by)
      case (.proven(let method), nil): outcomes.append(.certified(by: method))
      case (_, let found?): outcomes.append(.broken(predicted: found.predicted, by: found.by))
      case (.broken(let other), nil): outcomes.append(.broken(predicted: other, by: result.method.name))
      case (.open, nil): outcomes.append(.undecided)
      }
    }
    self.outcomes = outcomes
  }

  /// The samples misclassified as they are.
  public var cleanWrong: Int { outcomes.count { if case .cleanWrong = $0 { true } else { false } } }
  /// The samples broken.
  public var broken: Int { outcomes.count { if case .broken = $0 { true } else { false } } }
  /// The samples certified: robust accuracy is at least this.
  public var certified: Int { outcomes.count { if case .certified = $0 { true } else { false } } }
  /// The samples that are neither.
  public var undecided: Int { outcomes.count { $0 == .undecided } }
  /// The samples that no attack broke: robust accuracy is at most this.
  public var attacked: Int { certified + undecided }
}
