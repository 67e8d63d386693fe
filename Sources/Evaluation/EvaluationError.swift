/// What can go wrong in an evaluation that is nobody else's error.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
  /// An attack left its threat model: a bug, which must not pass as robustness or its lack.
  case outsideThreatModel(attack: String, sample: Int, norm: Double, epsilon: Double)
  /// There is nothing to measure on.
  case noSamples(String)
  /// A signal asked to stop; thrown on all ranks behind the same chunk.
  case stopped
  /// The closed form of linear models was asked of another.
  case notLinear(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .outsideThreatModel(let attack, let sample, let norm, let epsilon):
      "internal error: \(attack) moved sample \(sample) by \(norm), which epsilon \(epsilon) and the box do not allow"
    case .noSamples(let reason):
      "there is nothing to evaluate: \(reason)"
    case .stopped:
      "the evaluation was stopped on request"
    case .notLinear(let name):
      "the method exact is the closed form of linear models, and \(name) is none: use ibp, crown-ibp or crown"
    }
  }
}
