/// What is proven of a sample's margins under one threat model, a line of `bounds.jsonl`.
public struct SampleBounds: Codable, Sendable, Equatable {
  /// The sample's index in its data set.
  public var index: Int
  /// Its true class.
  public var label: Int
  /// The norm of the threat model.
  public var norm: String
  /// The largest norm of a perturbation.
  public var epsilon: Double
  /// By class, a lower bound on the label's output minus that class's for every allowed perturbation; nil for the label.
  public var margins: [Double?]

  /// Creates a line.
  public init(index: Int, label: Int, norm: String, epsilon: Double, margins: [Double?]) {
    self.index = index
    self.label = label
    self.norm = norm
    self.epsilon = epsilon
    self.margins = margins
  }

  /// Writes bounds, one JSON object a line, atomically.
  ///
  /// - Throws: `FileError` if the system refuses.
  public static func write(_ bounds: [SampleBounds], to path: String) throws {
    try ReportFile.writeLines(bounds, to: path)
  }
}
