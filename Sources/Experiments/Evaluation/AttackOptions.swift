/// What the command line of `holdfast attack` says.
public struct AttackOptions: Sendable {
  /// The weights, the samples and the attack.
  public var evaluation: EvaluateOptions
  /// The file of examples, `.safetensors`.
  public var output: String

  /// Creates options.
  public init(_ evaluation: EvaluateOptions, output: String) {
    self.evaluation = evaluation
    self.output = output
  }
}
