/// What the command line of `holdfast train` says.
public struct TrainOptions: Sendable {
  /// The configuration file.
  public var configuration: String
  /// Settings key=value that win over the file.
  public var overrides: [String]
  /// The run directory; nil for runs/NAME.
  public var output: String?
  /// Whether to go on with the run in the directory.
  public var resume: Bool
  /// Whether to replace the run in the directory.
  public var overwrite: Bool
  /// Whether to print the plan and stop.
  public var dryRun: Bool
  /// Whether the plan is printed as one JSON object.
  public var json: Bool
  /// The threads of each rank; nil for what the affinity mask leaves.
  public var threads: Int?

  /// Creates options.
  public init(
    configuration: String, overrides: [String] = [], output: String? = nil, resume: Bool = false,
    overwrite: Bool = false, dryRun: Bool = false, json: Bool = false, threads: Int? = nil
  ) {
    self.configuration = configuration
    self.overrides = overrides
    self.output = output
    self.resume = resume
    self.overwrite = overwrite
    self.dryRun = dryRun
    self.json = json
    self.threads = threads
  }

  /// The flags that decide what all ranks do together, as they were written.
  var flags: String {
    let flags = [("--resume", resume), ("--overwrite", overwrite), ("--dry-run", dryRun)]
    return flags.filter(\.1).map(\.0).joined(separator: " ")
  }
}
