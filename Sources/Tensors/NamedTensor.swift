/// A named float32 tensor in C order: a parameter, an optimizer moment, a batch of images.
public struct NamedTensor: Equatable, Sendable {
  /// The name, as in a PyTorch `state_dict` for parameters (`conv1.weight`).
  public var name: String
  /// The extents, outermost first; empty for a scalar.
  public var shape: [Int]
  /// The values in C order, `shape.reduce(1, *)` of them.
  public var values: [Float]
  /// Whether the values are whole numbers, which files keep as such: counters.
  public var isWhole: Bool

  /// Creates a tensor.
  ///
  /// - Precondition: the number of values is the product of the extents.
  public init(name: String, shape: [Int], values: [Float], isWhole: Bool = false) {
    precondition(
      values.count == shape.reduce(1, *), "\(name): \(values.count) values do not fill a tensor of \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
    self.isWhole = isWhole
  }
}
