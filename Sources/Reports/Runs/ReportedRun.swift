/// Everything that a report says of a run.
public struct ReportedRun: Sendable {
  /// What the run is called.
  public var name: String
  /// Its folder.
  public var path: String
  /// What the run is, in short: `pgd-8 training of cnn-trades on mnist-5k`.
  public var headline: String
  /// The norm and the radius that it is trained for; nil where they are not known.
  public var threat: (norm: String, epsilon: Double)?
  /// What a reader should know of it first, by what it is called.
  public var facts: [(name: String, value: String)]
  /// Every setting by its key.
  public var settings: [(name: String, value: String)]
  /// The configuration, as it was saved.
  public var configuration: String
  /// What the classes are called; numbers where there are no names.
  public var classNames: [String]
  /// What it was made with; nil where that is not at hand.
  public var manifest: RunManifest?
  /// The manifest's text, which may hold more than is understood.
  public var manifestText: String
  /// What happened while training.
  public var history: MetricsHistory
  /// The evaluations, by the names of their folders, the one at the end of training first.
  public var evaluations: [ReportedEvaluation]
  /// Files that could not be used, in sentences.
  public var problems: [String]

  /// Creates a run about which nothing is known.
  public init(name: String, path: String) {
    self.name = name
    self.path = path
    headline = ""
    facts = []
    settings = []
    configuration = ""
    classNames = []
    manifestText = ""
    history = MetricsHistory()
    evaluations = []
    problems = []
  }

  /// The name of a class.
  func className(_ label: Int) -> String {
    classNames.indices.contains(label) ? classNames[label] : label < 0 ? "?" : "\(label)"
  }
}
