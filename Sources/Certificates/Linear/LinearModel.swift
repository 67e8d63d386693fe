public import Networks
public import Tensors

/// A linear classifier as numbers: the weights and bias of every score, in Double.
///
/// A single score f is taken as the two scores 0 and f, so that class 1 wins where f > 0.
public struct LinearModel: Sendable {
  /// One row of weights for each class.
  public let weights: [[Double]]
  /// One bias for each class.
  public let biases: [Double]

  /// The number of classes.
  public var classCount: Int { weights.count }
  /// The number of pixels.
  public var imageElements: Int { weights[0].count }

  /// Reads the parameters of a linear network.
  ///
  /// - Returns: Nil where the network is not linear (`Architecture.isLinear`).
  public init?(_ architecture: Architecture, _ parameters: ParameterArena) {
    guard architecture.isLinear else { return nil }
    let entries = parameters.layout.entries
    guard let matrix = entries.first(where: { $0.shape.count == 2 }) else { return nil }
    let values = parameters.values(matrix).map(Double.init)
    let columns = matrix.shape[1]
    var rows = (0..<matrix.shape[0]).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
    var biases = rows.map { _ in 0.0 }
    if let vector = entries.first(where: { $0.shape.count == 1 }) {
      biases = parameters.values(vector).map(Double.init)
    }
    if rows.count == 1 {
      rows.insert(Array(repeating: 0, count: columns), at: 0)
      biases.insert(0, at: 0)
    }
    self.init(weights: rows, biases: biases)
  }

  /// Creates a classifier of at least two classes.
  public init(weights: [[Double]], biases: [Double]) {
    precondition(weights.count >= 2 && weights.count == biases.count, "a row and a bias for each class")
    precondition(weights.allSatisfy { $0.count == weights[0].count }, "rows of different lengths")
    self.weights = weights
    self.biases = biases
  }
}
