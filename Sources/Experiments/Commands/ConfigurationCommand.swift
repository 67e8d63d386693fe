public import MessagePassing

/// `holdfast config`: what configurations may say.
public struct ConfigurationCommand {
  private let communicator: Communicator

  /// Prepares the command on one rank.
  public init(on communicator: Communicator) {
    self.communicator = communicator
  }

  /// Prints the JSON Schema of configurations, and returns the exit code.
  public func printSchema() -> Int32 {
    let console = Console(isSpeaker: communicator.isRoot)
    console.print(String(ConfigurationSchema().json.dropLast()))
    return ExitStatus.success
  }

  /// A key that a configuration may have.
  public struct Setting: Sendable {
    /// The path with dots.
    public let key: String
    /// The values to choose from; none where there are too many.
    public let values: [String]
  }

  /// The keys that a configuration may have, in the order of the documentation, for shells.
  public static var settings: [Setting] {
    ExperimentConfiguration.keys.filter { !$0.path.contains("[") && $0.kind != .section }
      .map { Setting(key: $0.path, values: $0.kind == .flag ? ["true", "false"] : $0.allowed) }
  }
}
