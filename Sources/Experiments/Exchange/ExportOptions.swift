/// What the command line of `holdfast export` says.
public struct ExportOptions: Sendable {
  /// The formats there are.
  public enum Format: String, CaseIterable, Sendable {
    /// For ONNX Runtime, verifiers and others.
    case onnx
    /// For PyTorch's `load_state_dict`, and for this program.
    case safetensors
  }

  /// A run directory, a checkpoint's folder, or a file of weights.
  public var target: String
  /// The format; nil for that of the file's name.
  public var format: Format?
  /// The file that is written.
  public var output: String
  /// best, latest, or a step; nil for the best, or the latest where nothing was validated.
  public var checkpoint: String?
  /// The architecture of a file of weights that does not name it.
  public var model: String?
  /// The data set that a file of weights is for.
  public var data: String?
  /// The two classes of a binary problem.
  public var classes: String?
  /// How many random images go into a file beside it, with the network's outputs; 0 for none.
  public var samples = 0
  /// Whether standard output gets one JSON object.
  public var json = false

  /// Creates options; everything else has its default.
  public init(target: String, output: String) {
    self.target = target
    self.output = output
  }

  /// Everything that has to be the same on all ranks.
  var identity: String {
    Mirror(reflecting: self).children.map { "\($0.label ?? "") \($0.value)" }.joined(separator: "\n")
  }
}
