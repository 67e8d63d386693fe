/// What the command line of `holdfast report` says.
public struct ReportOptions: Sendable {
  /// The runs' folders.
  public var runs: [String]
  /// The file; nil for `report.html` in the folder of the run, or in the current one for several.
  public var output: String?
  /// Where the accuracies go as a table; nil for nowhere.
  public var table: String?
  /// The file with what `bench scaling --json` printed; nil for nothing.
  public var scaling: String?

  /// Creates options.
  public init(runs: [String], output: String? = nil, table: String? = nil, scaling: String? = nil) {
    self.runs = runs
    self.output = output
    self.table = table
    self.scaling = scaling
  }
}
