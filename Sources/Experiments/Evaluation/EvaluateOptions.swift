/// What the command line of `holdfast evaluate` says.
public struct EvaluateOptions: SubjectCommandOptions, Sendable {
  /// The model, its weights and the samples.
  public var subject: SubjectOptions
  /// The attacks by name; empty for those of the run's configuration.
  public var attacks: [String] = []
  /// Settings of the attacks by key: steps, stepSize, restarts, lossFunction, targeted, randomStart,
  /// targetClasses, queries, version.
  public var attackSettings: [String: String] = [:]
  /// The norm; nil for the run's.
  public var norm: String?
  /// The radii, as numbers or fractions; empty for the run's.
  public var epsilons: [String] = []
  /// Where results go; nil for the run's evaluations.
  public var output: String?
  /// Whether an interrupted evaluation goes on.
  public var resume = false
  /// Whether extra runs on some samples look for signs of false security.
  public var diagnostics = false
  /// A run, checkpoint or file of weights whose adversarial examples are tried then; nil for none.
  public var transferFrom: String?
  /// Whether standard output gets one JSON object instead of a table.
  public var json = false

  /// Creates options for a subject; everything else has its default.
  public init(_ subject: SubjectOptions) {
    self.subject = subject
  }
}
